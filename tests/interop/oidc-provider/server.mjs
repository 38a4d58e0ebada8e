// A real provider for the interop tests: npm's oidc-provider on 127.0.0.1, on a port that the system picks.
//
// `node server.mjs [OPTIONS]` prints one line, `ready ISSUER`, and ends when its standard input does. Whoever comes is logged
// in without being asked, as the user in `login_hint` or else as alice, so that a test needs no browser: it follows redirects,
// keeps cookies, and reads the last redirect or form. A client that is not in the list below registers itself, without a token.
//
// OPTIONS is a JSON object:
//   backchannelLogoutUri   where logout tokens are posted to
//   dpopNonces             whether a DPoP proof must have a nonce
//   fapi                   whether the FAPI 2.0 Security Profile is required of every client

import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

import { Provider } from 'oidc-provider';

import { serve } from './serve.mjs';

const SECRET = 'test-secret-esDV1M5l8sbkWUukSsq7RvIhpiJ8GaW4_0H3LX7G39TY1qfNJqlVuG6nZPDeiRvN';
const REDIRECT_URI = 'http://127.0.0.1:9599/cb';
const SIGNED_OUT_URI = 'http://127.0.0.1:9599/signed-out';
const OPTIONS = JSON.parse(process.argv[2] ?? '{}');
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

// What an application of the FAPI 2.0 Security Profile may sign with (section 5.4).
const FAPI_ALGORITHMS = ['PS256', 'ES256', 'EdDSA'];
const KEY_MANAGEMENT = [
  ...['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW'],
  ...['A128KW', 'A192KW', 'A256KW', 'dir'],
];
const CONTENT = ['A128GCM', 'A192GCM', 'A256GCM', 'A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512'];

const clients = OPTIONS.fapi ? [] : [
  client('public-pkce', { client_secret: undefined, token_endpoint_auth_method: 'none' }),
  client('basic', { token_endpoint_auth_method: 'client_secret_basic' }),
  client('client:with special/chars+%&=', { client_secret: 'p@ss:w%rd+/= &?y0ZYkR7-zH8ABQA1y2beWzYjYtqBVJsv' }),
  client('post', { token_endpoint_auth_method: 'client_secret_post' }),
  ...ALGORITHMS.map((algorithm) => client(`alg-${algorithm}`, { id_token_signed_response_alg: algorithm })),
  client('signed-userinfo', { userinfo_signed_response_alg: 'ES256' }),
  client('signed-introspection', { introspection_signed_response_alg: 'ES256' }),
];
if (OPTIONS.backchannelLogoutUri) {
  const registered = { backchannel_logout_uri: OPTIONS.backchannelLogoutUri };
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

// What may be signed and encrypted, and how.
function enabledJWA() {
  const algorithms = [...ALGORITHMS, 'RS384', 'RS512', 'PS384', 'PS512', 'HS384', 'HS512'];
  const asymmetric = OPTIONS.fapi ? FAPI_ALGORITHMS : algorithms.filter((algorithm) => !algorithm.startsWith('HS'));
  const encryption = ['authorization', 'idToken', 'introspection', 'userinfo'].flatMap((what) => [
    [`${what}EncryptionAlgValues`, KEY_MANAGEMENT],
    [`${what}EncryptionEncValues`, CONTENT],
  ]);
  return {
    authorizationSigningAlgValues: asymmetric,
    clientAuthSigningAlgValues: OPTIONS.fapi ? FAPI_ALGORITHMS : algorithms,
    dPoPSigningAlgValues: asymmetric,
    idTokenSigningAlgValues: OPTIONS.fapi ? FAPI_ALGORITHMS : algorithms,
    introspectionSigningAlgValues: asymmetric,
    requestObjectSigningAlgValues: asymmetric,
    userinfoSigningAlgValues: asymmetric,
    ...Object.fromEntries(encryption),
  };
}

async function makeProvider(issuer) {
  const made = new Provider(issuer, {
    clients,
    jwks: await makeKeys(),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], acr: null, auth_time: null },
    acrValues: ['urn:mace:incommon:iap:bronze'],
    // The claims of a scope come in the ID token, not at the UserInfo endpoint alone.
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    clientAuthMethods: OPTIONS.fapi
      ? ['private_key_jwt']
      : ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'],
    enabledJWA: enabledJWA(),
    features: {
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => OPTIONS.dpopNonces ?? false },
      encryption: { enabled: true },
      fapi: OPTIONS.fapi ? { enabled: true, profile: '2.0' } : { enabled: false },
      introspection: { enabled: true },
      jwtIntrospection: { enabled: true },
      jwtResponseModes: { enabled: true },
      jwtUserinfo: { enabled: true },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: OPTIONS.fapi ?? false },
      registration: { enabled: true },
      requestObjects: { enabled: true },
      revocation: { enabled: true },
    },
    // The library's own dispatcher refuses loopback addresses, and that is where the test listens.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...account }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
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

async function answer(request, response) {
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
}

serve(async (issuer) => {
  provider = await makeProvider(issuer);
}, answer);
