// npm's oidc-provider on 127.0.0.1, with its own login and consent pages: a user who types a name is that user.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

export const CLIENT = { id: 'web', secret: randomBytes(32).toString('hex') };

/** Starts a provider on a port that the system picks: its issuer, and how to stop it. */
export async function startProvider(redirectUri) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    // The claims of a scope come in the ID token, not at the UserInfo endpoint alone.
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, accountId) => ({ accountId, claims: () => claimsOf(accountId) }),
    jwks: { keys: [signingKey()] },
  });
  server.on('request', provider.callback());
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { issuer, stop };
}

function claimsOf(accountId) {
  return { sub: accountId, name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'the-key' };
}
