// A real provider for the interop tests: npm's oidc-provider on 127.0.0.1, on a port that the system picks.
//
// `node server.mjs [BACKCHANNEL_LOGOUT_URI]` prints one line, `ready ISSUER`, and ends when its standard input does. Whoever
// comes is logged in without being asked, as the user in `login_hint` or else as alice, so that a test needs no browser: it
// follows redirects, keeps cookies, and reads the last redirect or form.

import { generateKeyPair, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { promisify } from 'node:util';

import { errors, Provider } from 'oidc-provider';

const SECRET = 'test-secret-esDV1M5l8sbkWUukSsq7RvIhpiJ8GaW4_0H3LX7G39TY1qfNJqlVuG6nZPDeiRvN';
const REDIRECT_URI = 'http://127.0.0.1:9599/cb';
const SIGNED_OUT_URI = 'http://127.0.0.1:9599/signed-out';
const BACKCHANNEL_LOGOUT_URI = process.argv[2];
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'HS256'];

function client(client_id, more = {}) {
  return {
    client_id,
    client_secret: SECRET,
    redirect_uris: [REDIRECT_URI],
    post_logout_redirect_uris: [SIGNED_OUT_URI],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...more,
  };
}

const clients = [
  client('public-pkce', { client_secret: undefined, token_endpoint_auth_method: 'none' }),
  client('basic', { token_endpoint_auth_method: 'client_secret_basic' }),
  client('client:with special/chars+%&=', { client_secret: 'p@ss:w%rd+/= &?y0ZYkR7-zH8ABQA1y2beWzYjYtqBVJsv' }),
  client('post', { token_endpoint_auth_method: 'client_secret_post' }),
  ...ALGORITHMS.map((algorithm) => client(`alg-${algorithm}`, { id_token_signed_response_alg: algorithm })),
  client('signed-userinfo', { userinfo_signed_response_alg: 'ES256' }),
  client('signed-introspection', { introspection_signed_response_alg: 'ES256' }),
];
if (BACKCHANNEL_LOGOUT_URI) {
  const registered = { backchannel_logout_uri: BACKCHANNEL_LOGOUT_URI };
  clients.push(
    client('back-channel-sid', { ...registered, backchannel_logout_session_required: true }),
    client('back-channel-sub', { ...registered, backchannel_logout_session_required: false }),
  );
}

const account = {
  email: 'jane@example.com',
  email_verified: true,
  name: 'Jane Doe',
};

async function makeKeys() {
  const generate = promisify(generateKeyPair);
  const pairs = await Promise.all([
    // Without an `alg`: one RSA key serves RS256 to PS512.
    generate('rsa', { modulusLength: 2048 }),
    generate('ec', { namedCurve: 'P-256' }),
    generate('ec', { namedCurve: 'P-384' }),
    generate('ec', { namedCurve: 'P-521' }),
    generate('ed25519'),
  ]);
  const kid = () => randomBytes(8).toString('hex');
  return { keys: pairs.map(({ privateKey }) => ({ ...privateKey.export({ format: 'jwk' }), use: 'sig', kid: kid() })) };
}

async function makeProvider(issuer) {
  const signatures = ['RS256', 'ES256'];
  const algorithms = [...ALGORITHMS, 'RS384', 'RS512', 'PS384', 'PS512', 'HS384', 'HS512'];
  const made = new Provider(issuer, {
    clients,
    jwks: await makeKeys(),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], acr: null, auth_time: null },
    acrValues: ['urn:mace:incommon:iap:bronze'],
    // The claims of a scope come in the ID token, not at the UserInfo endpoint alone.
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    enabledJWA: {
      idTokenSigningAlgValues: algorithms,
      introspectionSigningAlgValues: signatures,
      userinfoSigningAlgValues: signatures,
    },
    features: {
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      jwtIntrospection: { enabled: true },
      jwtUserinfo: { enabled: true },
      revocation: { enabled: true },
    },
    // The library's own dispatcher refuses loopback addresses, and that is where the test listens.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...account }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: (_, { clientAuthMethod }) => clientAuthMethod === 'none' },
    rotateRefreshToken: true,
  });
  made.on('backchannel.success', () => notices.push('taken'));
  made.on('backchannel.error', () => notices.push('refused'));
  return made;
}

// How each logout token that was posted has been answered.
const notices = [];

// What a user would do on the provider's pages.
async function interact(provider, request, response) {
  const { params, prompt, grantId, session } = await provider.interactionDetails(request, response);
  if (params.login_hint === 'deny') {
    const denied = { error: 'access_denied', error_description: 'End-User aborted interaction' };
    return provider.interactionFinished(request, response, denied);
  }
  if (prompt.name === 'login') {
    const login = { accountId: params.login_hint ?? 'alice', acr: 'urn:mace:incommon:iap:bronze', amr: ['pwd'] };
    return provider.interactionFinished(request, response, { login });
  }
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  if (prompt.details.missingOIDCClaims) {
    grant.addOIDCClaims(prompt.details.missingOIDCClaims);
  }
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

let provider;
const server = createServer(async (request, response) => {
  try {
    if (request.method === 'POST' && request.url === '/test/rotate') {
      provider = await makeProvider(provider.issuer);
      response.writeHead(204).end();
    } else if (request.url === '/test/notices') {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(notices.join(' '));
    } else if (request.url.startsWith('/interaction/')) {
      await interact(provider, request, response);
    } else {
      await provider.callback()(request, response);
    }
  } catch (error) {
    // A test that goes astray sees why.
    const status = error instanceof errors.OIDCProviderError ? error.statusCode : 500;
    response.writeHead(status, { 'content-type': 'text/plain' }).end(String(error.stack));
  }
});

server.listen(0, '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = await makeProvider(issuer);
  console.log(`ready ${issuer}`);
});

// The test that started the server is gone, however it ended.
process.stdin.resume().on('end', () => process.exit(0));
