// A real provider of grants without a browser of the client's: npm's oidc-provider on 127.0.0.1, on a port that the system picks.
// It has client credentials, the device flow (RFC 8628) and CIBA.
//
// `node granting.mjs [OPTIONS]` prints one line, `ready ISSUER`, and ends when its standard input does. In a browser, whoever comes
// is logged in as alice, or denied where `login_hint` is `deny`. What happens elsewhere is done by a POST to one of these, with
// a form:
//   /test/decide   the user decides on their telephone about `auth_req_id`: `decision` is `yes` or `no`
//   /test/expire   the time of this `user_code` or `auth_req_id` is over
//
// OPTIONS is a JSON object:
//   dpopNonces             whether a DPoP proof must have a nonce
//   notificationEndpoint   where the test listens for what is posted to the client that is registered for ping

import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';

import { errors, Provider } from 'oidc-provider';

import { serve } from './serve.mjs';

const SECRET = 'test-secret-esDV1M5l8sbkWUukSsq7RvIhpiJ8GaW4_0H3LX7G39TY1qfNJqlVuG6nZPDeiRvN';
const OPTIONS = JSON.parse(process.argv[2] ?? '{}');
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
const CIBA = 'urn:openid:params:grant-type:ciba';
// It must be https. What is posted there goes to where the test listens.
const NOTIFICATION_ENDPOINT = 'https://till.example/ping';
const USERS = ['alice'];

function client(client_id, grant_types, more = {}) {
  return { client_id, client_secret: SECRET, redirect_uris: [], response_types: [], grant_types, ...more };
}

const clients = [
  client('machine', ['client_credentials'], { scope: 'api:read api:write' }),
  client('device', [DEVICE_CODE, 'refresh_token']),
  client('public-device', [DEVICE_CODE, 'refresh_token'], {
    client_secret: undefined, token_endpoint_auth_method: 'none',
  }),
  client('poll', [CIBA, 'refresh_token'], { backchannel_token_delivery_mode: 'poll' }),
  client('ping', [CIBA], {
    backchannel_token_delivery_mode: 'ping',
    backchannel_client_notification_endpoint: NOTIFICATION_ENDPOINT,
  }),
];

function resourceServer(indicator) {
  if (indicator !== 'https://api.example/v1') throw new errors.InvalidTarget();
  return { audience: indicator, scope: 'api:read api:write' };
}

const ciba = {
  enabled: true,
  deliveryModes: ['poll', 'ping'],
  processLoginHint: (_, hint) => USERS.find((user) => user === hint),
  triggerAuthenticationDevice: () => {},
  validateRequestContext: () => {},
  verifyUserCode: () => {},
};

function makeProvider(issuer) {
  return new Provider(issuer, {
    clients,
    claims: { openid: ['sub'], email: ['email'] },
    conformIdTokenClaims: false,
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: {
      ciba,
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => OPTIONS.dpopNonces ?? false },
      introspection: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: (_, indicator) => resourceServer(indicator) },
    },
    // The library's own dispatcher refuses loopback addresses, and that is where the test listens.
    fetch: (url, { dispatcher, ...options }) =>
      fetch(String(url) === NOTIFICATION_ENDPOINT ? OPTIONS.notificationEndpoint : url, options),
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, email: 'jane@example.com' }),
    }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    scopes: ['openid', 'offline_access', 'api:read', 'api:write'],
  });
}

async function grant(accountId, clientId, scope) {
  const made = new provider.Grant({ accountId, clientId });
  made.addOIDCScope(scope);
  return made.save();
}

// What a user would do on the provider's pages.
async function interact(request, response) {
  const { params, prompt, session } = await provider.interactionDetails(request, response);
  if (params.login_hint === 'deny') {
    return provider.interactionFinished(request, response, { error: 'access_denied' });
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'alice' } });
  }
  const consent = { grantId: await grant(session.accountId, params.client_id, params.scope) };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

// What a user would do on their telephone.
async function decide(form) {
  const request = await provider.BackchannelAuthenticationRequest.find(form.get('auth_req_id'));
  const result = form.get('decision') === 'yes'
    ? await grant(request.accountId, request.clientId, request.scope)
    : new errors.AccessDenied();
  await provider.backchannelResult(request, result);
}

async function expire(form) {
  const { BackchannelAuthenticationRequest, DeviceCode } = provider;
  const userCode = form.get('user_code');
  const found = userCode
    ? await DeviceCode.findByUserCode(userCode.replaceAll('-', ''))
    : await BackchannelAuthenticationRequest.find(form.get('auth_req_id'));
  // What is in the store, and not a copy.
  const stored = await found.adapter.find(found.jti);
  stored.exp = stored.iat;
}

async function answer(request, response) {
  const elsewhere = { '/test/decide': decide, '/test/expire': expire }[request.url];
  if (elsewhere) {
    await elsewhere(new URLSearchParams(await text(request)));
    return response.writeHead(204).end();
  }
  return request.url.startsWith('/interaction/') ? interact(request, response) : provider.callback()(request, response);
}

let provider;

serve((issuer) => {
  provider = makeProvider(issuer);
}, answer);
