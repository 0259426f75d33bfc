/** The product's own backend says who is logged in, and hands out tokens for Samtykke. */

/** A token is replaced when less than this share of its life is left. */
const SHARE_LEFT = 0.2;

export class LoggedOut extends Error {}

/** Kept in memory alone: no other page and no later visitor finds a token in the browser's stores. */
let session;

export async function logIn(name) {
  return take(await post('/login', { name }));
}

/** Who is still logged in after a reload. @throws LoggedOut */
export async function resume() {
  return renewToken();
}

export async function logOut() {
  session = undefined;
  await post('/logout');
}

/** A token that is good for a while. @throws LoggedOut */
export async function currentToken() {
  if (!session || Date.now() > session.renewAt) await renewToken();
  return session.token;
}

let renewing;

/** A new token, also when the old one has not run out: it may have been taken back. @throws LoggedOut */
export function renewToken() {
  renewing ??= post('/token')
    .then(take)
    .finally(() => {
      renewing = undefined;
    });
  return renewing;
}

function take({ name, token, expiresAt }) {
  const lifeMs = Date.parse(expiresAt) - Date.now();
  session = { name, token, renewAt: Date.now() + lifeMs * (1 - SHARE_LEFT) };
  return { name };
}

async function post(path, body = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status === 401) throw new LoggedOut();
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  return response.status === 204 ? {} : response.json();
}
