import { Command } from 'commander';
import { ANNA } from '../demo/demo-people';
import { DEMO_QUERIES, type DemoQuery, OFFICER_QUERY } from '../demo/demo-queries';
import { APPROVER, EDITOR, FJORDLYS, fillDemo, PRIVACY, SERVICE } from '../demo/fill-demo';
import { type Doors, type Node, type Running, type Terminal, type TokenOrder, WrongUsage } from '../doors';
import { askServer } from '../remote';

/** Tokens of the demonstration are good for a working day. */
const TOKEN_LIFE = '8h';

export function demoCommand(doors: Doors, terminal: Terminal): Command {
  return new Command('demo')
    .description('fill an empty data directory with demo data, serve it, and print what to try')
    .action(() => serveDemo(doors, terminal));
}

/** @throws WrongUsage DEMO_NOT_LOOPBACK */
export async function serveDemo(doors: Doors, terminal: Terminal): Promise<void> {
  if (!doors.settings.loopback) {
    throw new WrongUsage(
      'DEMO_NOT_LOOPBACK',
      'The demonstration prints tokens for everybody and is refused unless SAMTYKKE_HOST is a loopback address.',
    );
  }
  await doors.serve({
    onReady: async (running) => {
      await fillWhereEmpty(doors, running.node, terminal);
      await printWelcome(doors, running, terminal);
      terminal.say('Stop with Ctrl+C.');
    },
  });
}

async function fillWhereEmpty(doors: Doors, node: Node, terminal: Terminal): Promise<void> {
  const { organisations } = await node.status();
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
  const known = demoIds(node);
  if (known) {
    out(`A policy  ${url}/p/${PRIVACY}`);
    out(`… in 2022 ${url}/p/${PRIVACY}?on=2022-03-15`);
    out();
    for (const { question, query } of DEMO_QUERIES) {
      printAnswer(out, { question, query }, await askServer({ url }, query, {}));
    }
    const token = await doors.issueToken({ ...OFFICER, life: TOKEN_LIFE });
    printAnswer(out, OFFICER_QUERY, await askServer({ url, token }, OFFICER_QUERY.query, known));
  } else {
    terminal.say(
      'It is not the demonstration, whose questions are left out: name an empty directory in SAMTYKKE_DATA.',
    );
  }
  out();
  for (const order of known ? await tokenOrders(node, known.organisation) : [OPERATOR]) {
    out(`${order.role}${order.organisation ? `@${order.organisation}` : ''}${order.actor ? ` (${order.actor})` : ''}`);
    out(`  ${await doors.issueToken({ ...order, life: TOKEN_LIFE })}`);
  }
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

type Order = Omit<TokenOrder, 'life'>;

const OFFICER: Order = { role: 'officer', organisation: FJORDLYS, actor: APPROVER };
const OPERATOR: Order = { role: 'operator' };

async function tokenOrders(node: Node, organisation: string): Promise<readonly Order[]> {
  const [anna] = await node.app.vault.findSubjects(organisation, [ANNA]);
  return [
    { role: 'editor', organisation: FJORDLYS, actor: EDITOR },
    { role: 'approver', organisation: FJORDLYS, actor: APPROVER },
    { role: 'publisher', organisation: FJORDLYS, actor: APPROVER },
    OFFICER,
    { role: 'service', organisation: FJORDLYS, actor: SERVICE },
    ...(anna === undefined ? [] : [{ role: 'subject', organisation: FJORDLYS, actor: ANNA, subject: anna }]),
    OPERATOR,
  ];
}
