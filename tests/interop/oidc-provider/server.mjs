// A real provider for the interop tests: npm's oidc-provider on 127.0.0.1, on a port that the system picks.
//
// Prints one line, `ready ISSUER`, and ends when its standard input does. Whoever comes is logged in as alice without being
// asked, so that a test needs no browser: it follows redirects, keeps cookies, and reads the last redirect or form.

import { generateKeyPair, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { promisify } from 'node:util';

import { errors, Provider } from 'oidc-provider';

const SECRET = 'test-secret-esDV1M5l8sbkWUukSsq7RvIhpiJ8GaW4_0H3LX7G39TY1qfNJqlVuG6nZPDeiRvN';
const REDIRECT_URI = 'http://127.0.0.1:9599/cb';
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'HS256'];

function client(client_id, more = {}) {
  return {
    client_id,
    client_secret: SECRET,
    redirect_uris: [REDIRECT_URI],
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
];

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
  const algorithms = [...ALGORITHMS, 'RS384', 'RS512', 'PS384', 'PS512', 'HS384', 'HS512'];
  return new Provider(issuer, {
    clients,
    jwks: await makeKeys(),
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], acr: null, auth_time: null },
    acrValues: ['urn:mace:incommon:iap:bronze'],
    // The claims of a scope come in the ID token, not at the UserInfo endpoint alone.
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    enabledJWA: { idTokenSigningAlgValues: algorithms },
    features: { claimsParameter: { enabled: true }, devInteractions: { enabled: false } },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...account }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: (_, { clientAuthMethod }) => clientAuthMethod === 'none' },
  });
}

// What a user would do on the provider's pages.
async function interact(provider, request, response) {
  const { params, prompt, grantId, session } = await provider.interactionDetails(request, response);
  if (params.login_hint === 'deny') {
    const denied = { error: 'access_denied', error_description: 'End-User aborted interaction' };
    return provider.interactionFinished(request, response, denied);
  }
  if (prompt.name === 'login') {
    const login = { accountId: 'alice', acr: 'urn:mace:incommon:iap:bronze', amr: ['pwd'] };
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
