import { Command } from 'commander';
import { type OrganisationRegistration, registerOrganisation } from '../../application/organisations';
import { parseTimeZone } from '../../domain/time';
import { CommandRefused, type Doors, type Terminal, WrongUsage } from '../doors';
import { askServer, type RemoteOptions, refuseUserErrors } from '../remote';
import { requestOf, withNode } from '../with-node';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';

interface RegisterOptions extends RemoteFlags {
  readonly slug: string;
  readonly name: string;
  readonly number?: string;
  readonly foreignId?: string;
  readonly timeZone: string;
  readonly locale: string;
  readonly customerOf?: string;
  readonly approval: boolean;
}

export function organisationCommand(doors: Doors, terminal: Terminal): Command {
  const register = new Command('register')
    .description('register an organisation and print its id')
    .requiredOption('--slug <slug>', 'its name in addresses; never changes')
    .requiredOption('--name <name>')
    .option('--number <number>', 'Norwegian organisation number')
    .option('--foreign-id <id>', 'identifier in another register')
    .option('--time-zone <zone>', 'IANA name', 'Europe/Oslo')
    .option('--locale <locale>', 'default locale', 'nb')
    .option('--customer-of <slug>', 'the processor whose customer it is')
    .option('--no-approval', 'drafts need no approval by a second person');
  withRemoteFlags(register).action(async (options: RegisterOptions) => {
    const remote = remoteOptionsOf(options);
    const id = remote ? await registerRemotely(remote, options) : await registerHere(doors, options);
    terminal.data(`${id}\n`);
  });
  return new Command('organisation').description('organisations').addCommand(register);
}

function registerHere(doors: Doors, options: RegisterOptions): Promise<string> {
  return withNode(doors, async (node) => {
    const customerOf =
      options.customerOf && node.readModels.organisationBySlug(options.customerOf, node.readModels.applied())?.id;
    if (options.customerOf && !customerOf)
      throw new CommandRefused('NOT_FOUND', `There is no organisation ${options.customerOf}.`);
    const registration: OrganisationRegistration = {
      slug: options.slug,
      name: options.name,
      timeZone: parseTimeZone(options.timeZone),
      defaultLocale: canonicalLocale(options.locale),
      approvalRequired: options.approval,
      ...(options.number !== undefined && { number: options.number }),
      ...(options.foreignId !== undefined && { foreignId: options.foreignId }),
      ...(customerOf && { customerOf }),
    };
    const { id } = await registerOrganisation(node.app, await requestOf(node), registration);
    return id;
  });
}

const REGISTER = `mutation Register($input: OrganisationRegisterInput!) {
  organisationRegister(input: $input) { organisation { id } userErrors { code message } }
}`;

interface Registered {
  readonly organisationRegister: {
    readonly organisation: { readonly id: string } | null;
    readonly userErrors: readonly { readonly code: string; readonly message: string }[];
  };
}

async function registerRemotely(remote: RemoteOptions, options: RegisterOptions): Promise<string> {
  const { slug, name, number, foreignId, timeZone, locale: defaultLocale, approval: approvalRequired } = options;
  const customerOf = options.customerOf && (await organisationIdAt(remote, options.customerOf));
  const input = { slug, name, number, foreignId, timeZone, defaultLocale, approvalRequired, customerOf };
  const { organisationRegister } = await askServer<Registered>(remote, REGISTER, { input });
  refuseUserErrors(organisationRegister.userErrors);
  return organisationRegister.organisation?.id ?? '';
}

/** The same of a running server's organisation. @throws CommandRefused NOT_FOUND */
export async function organisationIdAt(remote: RemoteOptions, slug: string): Promise<string> {
  const query = 'query Organisation($slug: String!) { organisation(slug: $slug) { id } }';
  const { organisation } = await askServer<{ organisation: { id: string } | null }>(remote, query, { slug });
  if (!organisation) throw new CommandRefused('NOT_FOUND', `There is no organisation ${slug}.`);
  return organisation.id;
}

/** BCP 47 in its canonical form. */
export function canonicalLocale(text: string): string {
  try {
    const [locale] = Intl.getCanonicalLocales(text);
    if (locale !== undefined) return locale;
  } catch {
    // Falls through to the refusal.
  }
  throw new WrongUsage('BAD_LOCALE', 'This is not a BCP 47 language tag.');
}
