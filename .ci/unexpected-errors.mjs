// Lists every variant of every error enum in src/ that no vector and no test expects. Prints nothing when there is none.
//
// A vector expects the name of a variant, of the enum that its stage ends in; a test expects `Enum::Variant`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

function files(folder, extension) {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(extension) && !entry.parentPath.includes('node_modules'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

// The variants of each enum, as they are declared: one level in, with a capital.
const variants = new Map();
for (const source of files('src', '.rs')) {
  for (const [, name, body] of source.matchAll(/^pub enum (\w+Error) \{\n(.*?)^\}/gms)) {
    variants.set(name, [...body.matchAll(/^ {4}([A-Z]\w*)/gm)].map(([, variant]) => variant));
  }
}

// The errors that each stage of the vectors can end in.
const ends = {
  discovery: ['MetadataError', 'ResponseError'],
  jwks: ['KeysError', 'ResponseError'],
  authorization: ['ClientError', 'AuthorizeError'],
  callback: ['ClientError', 'CallbackError'],
  pushed_request: ['ClientError', 'AuthorizeError', 'PushError', 'ResponseError'],
  jarm: ['ClientError', 'CallbackError', 'JarmError', 'JwtError'],
  token_response: ['TokenError', 'ResponseError'],
  id_token: ['ClientError', 'IdTokenError', 'JwtError'],
  userinfo: ['ClientError', 'UserInfoError', 'ResponseError', 'JwtError'],
  introspection: ['ClientError', 'IntrospectionError', 'ResponseError', 'JwtError'],
  revocation: ['ClientError', 'RevocationError', 'ResponseError'],
  challenge: ['ChallengeError'],
  refresh: ['SessionError', 'ClientError', 'TokenError', 'ResponseError', 'IdTokenError', 'JwtError'],
  session: ['SessionError'],
  device: ['ClientError', 'DeviceError', 'ResponseError'],
  registration: ['RegistrationError', 'ClientError', 'ResponseError'],
  client_id_document: ['RegistrationError'],
  protected_resource: ['ResourceError', 'ResponseError', 'JwtError'],
  discovery_in_order: ['MetadataError', 'ResponseError'],
  grant: ['ClientError', 'GrantError', 'TokenError', 'ResponseError'],
  login: [...variants.keys()],
  logout_request: ['ClientError', 'LogoutError'],
  logout_response: ['ClientError', 'LogoutError'],
  front_channel_logout: ['ClientError', 'LogoutError'],
  logout_token: ['ClientError', 'LogoutTokenError', 'JwtError'],
};

const expected = new Set();
for (const file of files('tests/vectors', '.json').map((text) => JSON.parse(text))) {
  for (const { expect } of file.cases) {
    // Where any of several is right, none of them is sure to have been seen.
    for (const name of ends[file.stage]) expected.add(`${name}::${expect.error}`);
  }
}
for (const source of [...files('tests', '.rs'), ...files('src', '.rs').map((text) => text.split('#[cfg(test)]')[1] ?? '')]) {
  for (const [path] of source.matchAll(/\b\w+Error::\w+/g)) expected.add(path);
}

let missing = false;
for (const [name, all] of variants) {
  // The crate-wide error only holds the others.
  for (const variant of all.filter((variant) => !expected.has(`${name}::${variant}`))) {
    console.log(`${name}::${variant}`);
    missing = true;
  }
}
process.exit(missing ? 1 : 0);
