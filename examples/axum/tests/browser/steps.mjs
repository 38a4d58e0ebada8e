// What a user does on the pages of the application, and on those of the provider.

/** Waits until the page has this heading. */
export const reads = (page, heading) => page.getByRole('heading', { name: heading, exact: true }).waitFor();

export const begin = (page) => page.getByRole('link', { name: 'Sign in with Example' }).click();

/** On the provider's login page. */
export async function giveName(page) {
  await page.locator('input[name=login]').fill('ada');
  await page.locator('input[name=password]').fill('secret');
  await page.getByRole('button', { name: 'Sign-in' }).click();
}

/** On the provider's consent page. */
export const agree = (page) => page.getByRole('button', { name: 'Continue' }).click();

export async function signIn(page) {
  await page.goto('/');
  await begin(page);
  await giveName(page);
  await agree(page);
  await page.waitForURL('/');
}

/** On the provider's logout page, to which the button leads. */
export async function signOut(page) {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await page.waitForURL(/\/signed-out\/example/);
  await reads(page, 'You are signed out.');
}
