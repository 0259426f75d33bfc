// Runs the snippets of the README against a server: `node … FOLDER`, with the folder that they were written to.
import { pathToFileURL } from 'node:url';
import WebSocket from 'ws';

const { URL: url, SERVICE: serviceToken, ORGANISATION: organisation } = process.env;
const folder = pathToFileURL(`${process.argv[2]}/`);
const { followNotices } = await import(new globalThis.URL('browser.mjs', folder));
const { samtykke } = await import(new globalThis.URL('backend.mjs', folder));

globalThis.WebSocket = WebSocket;
const leaving = new AbortController();
const backend = samtykke({ url, serviceToken, organisation });
let asked = 0;
const told = { outstanding: [], settled: { socket: [], stream: [] }, tokens: 0, withdrawals: [] };

const { token } = await backend.logIn('reader of the readme');
const following = ['socket', 'stream'].map((transport) =>
  followNotices({
    url,
    signal: leaving.signal,
    overStream: transport === 'stream',
    freshToken: async () => {
      told.tokens += 1;
      return (await backend.logIn('reader of the readme')).token;
    },
    onOutstanding: (items) => {
      asked += 1;
      told.outstanding = items.map(({ kind }) => kind);
    },
    onNotice: ({ kind, obligation }) => {
      if (kind === 'SETTLED') told.settled[transport].push(obligation.kind);
    },
  }),
);
listenToWithdrawals();
// From its own answer on, each is told whatever happens, connected or not.
await until(() => asked === 2);

const { me } = await ask(
  '{ me { id obligations { items { kind version { id policy { id } content { locale sha256 } } } } } }',
);
const shown = (kind) => {
  const { version } = me.obligations.items.find((item) => item.kind === kind);
  return { version: version.id, locale: version.content.locale, contentSha256: version.content.sha256 };
};
const policy = me.obligations.items.find(({ kind }) => kind === 'READ_NOTICE').version.policy.id;
await ask('mutation ($input: NoticeRecordInput!) { noticeRecord(input: $input) { userErrors { code } } }', {
  ...shown('READ_NOTICE'),
  step: 'ACKNOWLEDGED',
  channel: 'APP',
});
await until(() => everywhere('READ_NOTICE'));
await ask('mutation ($input: ConsentWithdrawInput!) { consentWithdraw(input: $input) { userErrors { code } } }', {
  policy,
  purposes: ['newsletter'],
});
await until(() => told.withdrawals.length > 0);
const terms = { ...shown('ACCEPT_TERMS'), subject: me.id, method: 'CLICKED_BUTTON' };
await ask(
  'mutation ($input: SubjectTokensRevokeInput!) { subjectTokensRevoke(input: $input) { userErrors { code } } }',
  { subject: me.id },
  serviceToken,
);
await until(() => told.tokens === 4);
await ask(
  'mutation ($input: DecisionInput!) { termsAccept(input: $input) { userErrors { code } } }',
  terms,
  serviceToken,
);
await until(() => everywhere('ACCEPT_TERMS'));
leaving.abort();
await Promise.all(following);
console.log(JSON.stringify(told));
process.exit(0);

async function listenToWithdrawals() {
  for await (const { type, subject } of backend.withdrawals()) told.withdrawals.push({ type, subject: typeof subject });
}

function everywhere(kind) {
  return Object.values(told.settled).every((kinds) => kinds.includes(kind));
}

async function ask(query, input, as = token) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${as}` },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const { data, errors } = await response.json();
  const refused = Object.values(data ?? {}).flatMap((payload) => payload.userErrors ?? []);
  if (errors || refused.length > 0) throw new Error(JSON.stringify(errors ?? refused));
  return data;
}

async function until(holds) {
  const deadline = Date.now() + 15_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`It did not come to ${holds}: ${JSON.stringify(told)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
