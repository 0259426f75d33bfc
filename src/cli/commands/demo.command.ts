import { Command } from 'commander';
import { DEMO_QUERIES } from '../demo/demo-queries';
import { APPROVER, EDITOR, FJORDLYS, fillDemo, PRIVACY } from '../demo/fill-demo';
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

async function printWelcome(doors: Doors, { url }: Running, terminal: Terminal): Promise<void> {
  const out = (line = '') => terminal.data(`${line}\n`);
  out();
  out(`GraphQL   ${url}/graphql`);
  out(`IDE       ${url}/ide`);
  out(`A policy  ${url}/p/${PRIVACY}`);
  out(`… in 2022 ${url}/p/${PRIVACY}?on=2022-03-15`);
  out();
  for (const { question, query } of DEMO_QUERIES) {
    out();
    out(`# ${question}`);
    out(query);
    out(JSON.stringify(await askServer({ url }, query, {}), null, 2));
  }
  out();
  for (const order of tokenOrders()) {
    out(`${order.role}${order.organisation ? `@${order.organisation}` : ''}${order.actor ? ` (${order.actor})` : ''}`);
    out(`  ${await doors.issueToken({ ...order, life: TOKEN_LIFE })}`);
  }
  terminal.say('Stop with Ctrl+C.');
}

const tokenOrders = () => [
  { role: 'editor', organisation: FJORDLYS, actor: EDITOR },
  { role: 'approver', organisation: FJORDLYS, actor: APPROVER },
  { role: 'publisher', organisation: FJORDLYS, actor: APPROVER },
  { role: 'officer', organisation: FJORDLYS, actor: APPROVER },
  { role: 'operator' },
];
