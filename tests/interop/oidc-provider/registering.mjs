// A real provider that registers clients at run time: npm's oidc-provider on 127.0.0.1, on a port that the system picks. Nobody is
// registered there beforehand.
//
// `node registering.mjs DOCUMENTS` prints one line, `ready ISSUER`, and ends when its standard input does. DOCUMENTS is a JSON
// object of texts by URL: the documents that are out there, of clients that are known by the address of their metadata.
// Whoever comes is logged in as alice.

import { randomBytes } from 'node:crypto';

import { Provider } from 'oidc-provider';

import { serve } from './serve.mjs';

const documents = JSON.parse(process.argv[2] ?? '{}');

function makeProvider(issuer) {
  return new Provider(issuer, {
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: {
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      registration: { enabled: true, initialAccessToken: 'initial-access-token' },
      registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
    },
    fetch: (url) => Promise.resolve(read(documents[url])),
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  });
}

function read(text) {
  const headers = { 'content-type': 'application/json' };
  return text === undefined ? new Response('', { status: 404 }) : new Response(text, { headers });
}

// What a user would do on the provider's pages.
async function interact(request, response) {
  const { params, prompt, session } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: 'alice' } });
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const consent = { grantId: await grant.save() };
  return provider.interactionFinished(request, response, { consent }, { mergeWithLastSubmission: true });
}

let provider;

serve((issuer) => {
  provider = makeProvider(issuer);
}, (request, response) => {
  const answer = request.url.startsWith('/interaction/') ? interact : provider.callback();
  return answer(request, response);
});
