// npm's oidc-provider on 127.0.0.1, with its own login and consent pages: a user who types a name is that user.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { Provider } from 'oidc-provider';

export const CLIENT = { id: 'web', secret: randomBytes(32).toString('hex') };

/** Starts a provider on a port that the system picks: its issuer, and how to stop it. */
export async function startProvider(door, { hasLogout }) {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      redirect_uris: [`${door}/callback/example`],
      post_logout_redirect_uris: [`${door}/signed-out/example`],
      backchannel_logout_uri: `${door}/backchannel-logout/example`,
      backchannel_logout_session_required: true,
      grant_types: ['authorization_code', 'refresh_token'],
    }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    // The claims of a scope come in the ID token, not at the UserInfo endpoint alone.
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: {
      devInteractions: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: hasLogout },
    },
    findAccount: (_, accountId) => ({ accountId, claims: () => claimsOf(accountId) }),
    // Every use of the profile page needs a refresh: the application takes no access token that ends so soon.
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: { AccessToken: 20, Grant: 3600, IdToken: 300, Interaction: 3600, RefreshToken: 3600, Session: 3600 },
    // Logout tokens go to an address of this machine: the dispatcher would refuse it.
    fetch: (url, { dispatcher: _, ...options }) => fetch(url, options),
    jwks: { keys: [signingKey()] },
  });
  const refreshes = [];
  provider.on('grant.success', ({ oidc }) => {
    if (oidc.params.grant_type === 'refresh_token') {
      refreshes.push(oidc.params.refresh_token);
    }
  });
  server.on('request', provider.callback());
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { issuer, refreshes, stop };
}

function claimsOf(accountId) {
  return { sub: accountId, name: 'Ada Lovelace', email: 'ada@example.com', email_verified: true };
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'the-key' };
}
