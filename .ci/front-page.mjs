// The front page stands twice: README.md has its picture in Mermaid, src/front_page.md (the documentation and the registry) in
// text. Says where they differ otherwise; prints nothing when they do not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const lines = (file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const picture = /<!-- picture -->[^]*?<!-- \/picture -->/;
  if (!picture.test(text)) throw new Error(`${file} has no picture`);
  return text.replace(picture, '').split('\n');
};

const [readme, frontPage] = [lines('README.md'), lines('src/front_page.md')];
const differs = readme.findIndex((line, index) => line !== frontPage[index]);
if (differs >= 0 || readme.length !== frontPage.length) {
  console.log(`README.md: ${readme[differs] ?? '(ends)'}`);
  console.log(`src/front_page.md: ${frontPage[differs < 0 ? readme.length : differs] ?? '(ends)'}`);
  process.exit(1);
}
