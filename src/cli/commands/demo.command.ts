import { Command } from 'commander';
import { ANNA } from '../demo/demo-people';
import { DEMO_QUERIES, type DemoQuery, OFFICER_QUERY } from '../demo/demo-queries';
import { APPROVER, EDITOR, FJORDLYS, fillDemo, PRIVACY, SERVICE } from '../demo/fill-demo';
import type { Doors, Node, Running, Terminal } from '../doors';
import { askServer } from '../remote';

/** Tokens of the demonstration are good for a working day. */
const TOKEN_LIFE = '8h';

export function demoCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('demo')
    .description('fill an empty data directory with demo data, serve it, and print what to try')
    .action(() =>
      doors.serve({
        onReady: async (running) => {
          await fillWhereEmpty(doors, running.node, terminal);
          await printWelcome(doors, running, terminal);
        },
      }),
    );
}

async function fillWhereEmpty(doors: Doors, node: Node, terminal: Terminal): Promise<void> {
  const { organisations } = node.status();
  if (organisations > 0) {
    terminal.say(`Using the data that is in ${doors.settings.dataDirectory}.`);
    return;
  }
  await node.applied(await fillDemo(node.app, node.actorOf));
  terminal.say(`Filled ${doors.settings.dataDirectory} with demo data.`);
}

async function printWelcome(doors: Doors, { url, node }: Running, terminal: Terminal): Promise<void> {
  const out = (line = '') => terminal.data(`${line}\n`);
  out();
  out(`GraphQL   ${url}/graphql`);
  out(`IDE       ${url}/ide`);
  out(`A policy  ${url}/p/${PRIVACY}`);
  out(`… in 2022 ${url}/p/${PRIVACY}?on=2022-03-15`);
  out();
  for (const { question, query } of DEMO_QUERIES) {
    printAnswer(out, { question, query }, await askServer({ url }, query, {}));
  }
  const officer = await doors.issueToken({ ...OFFICER, life: TOKEN_LIFE });
  const known = demoIds(node);
  if (known) {
    const answer = await askServer({ url, token: officer }, OFFICER_QUERY.query, known);
    printAnswer(out, OFFICER_QUERY, answer);
  }
  out();
  for (const order of await tokenOrders(node)) {
    out(`${order.role}${order.organisation ? `@${order.organisation}` : ''}${order.actor ? ` (${order.actor})` : ''}`);
    out(`  ${await doors.issueToken({ ...order, life: TOKEN_LIFE })}`);
  }
  terminal.say('Stop with Ctrl+C.');
}

function printAnswer(out: (line?: string) => void, { question, query }: DemoQuery, answer: unknown): void {
  out();
  out(`# ${question}`);
  out(query);
  out(JSON.stringify(answer, null, 2));
}

/** Undefined where the data directory was filled by somebody else. */
function demoIds({ readModels }: Node): { readonly organisation: string; readonly policy: string } | undefined {
  const head = readModels.applied();
  const organisation = readModels.organisationBySlug(FJORDLYS, head)?.id;
  const policy = readModels.policyByHandle(PRIVACY, head)?.id;
  return organisation === undefined || policy === undefined ? undefined : { organisation, policy };
}

const OFFICER = { role: 'officer', organisation: FJORDLYS, actor: APPROVER };

async function tokenOrders(node: Node) {
  const organisation = demoIds(node)?.organisation;
  const [anna] = organisation === undefined ? [] : await node.app.vault.findSubjects(organisation, [ANNA]);
  return [
    { role: 'editor', organisation: FJORDLYS, actor: EDITOR },
    { role: 'approver', organisation: FJORDLYS, actor: APPROVER },
    { role: 'publisher', organisation: FJORDLYS, actor: APPROVER },
    OFFICER,
    { role: 'service', organisation: FJORDLYS, actor: SERVICE },
    ...(anna === undefined ? [] : [{ role: 'subject', organisation: FJORDLYS, actor: ANNA, subject: anna }]),
    { role: 'operator' },
  ];
}
