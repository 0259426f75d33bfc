import { Command, Option } from 'commander';
import { type Language, languageFor } from '../../domain/languages';
import { type Doors, type Terminal, WrongUsage } from '../doors';
import { tellStamp } from '../tell-stamp';
import { withNode } from '../with-node';
import { auditAtServer } from './audit-at-server';
import { type Explained, explainHere, printExplained } from './audit-explain';
import { explainAtServer } from './audit-explain-server';
import { asksForFile, auditFile } from './audit-file';
import { AUDIT_FORMATS, type AuditFormat, printAudit } from './audit-formats';
import { auditHere } from './audit-here';
import type { AuditAsked, AuditSheet } from './audit-sheet';
import { type RemoteFlags, remoteOptionsOf, withRemoteFlags } from './remote-flags';

interface AuditFlags extends RemoteFlags {
  readonly on?: string;
  readonly knownOn?: string;
  readonly format: AuditFormat;
  readonly people?: boolean;
  readonly explain?: string;
  readonly customer?: string;
  readonly category?: string;
  readonly locale?: string;
  readonly forecast?: boolean;
}

export function auditCommand(doors: Doors, terminal: Terminal): Command {
  const command = new Command('audit')
    .description('how everybody whom a policy concerns stood at a day: told, read, accepted, consented, overdue')
    .argument('<handle>', 'organisation/policy')
    .option('--on <date>', 'at the end of this day; else now')
    .option('--known-on <date>', 'by what had been recorded by the end of this day')
    .addOption(new Option('--format <format>').choices([...AUDIT_FORMATS, 'pdf']).default('table'))
    .option('--people', 'also the people behind the counts, by random ids')
    .option('--explain <subject>', 'why this person stands as they do, fact by fact; by random id, or the own id')
    .option('--customer <slug>', 'of the people of this customer alone')
    .option('--category <category>', 'of the people in this category alone')
    .addOption(new Option('--locale <locale>', 'language of words').choices(['nb', 'en']))
    .option('--forecast', 'a day that is still to come may be asked for')
    .option(
      '--out <file>',
      'counts, and everybody with every state and its reason, as a file; that it was made is recorded',
    )
    .option('--personal', "in the file also the product's own ids of the people; that is recorded");
  return withRemoteFlags(command).action(async (handle: string, flags: AuditFlags) => {
    if (asksForFile(flags)) return auditFile(doors, terminal, handle, flags);
    const { on, knownOn, customer, category, forecast = false } = flags;
    const asked: AuditAsked = { handle, on, knownOn, customer, category, forecast };
    if (flags.explain === undefined) return audit(doors, terminal, asked, flags);
    return explain(doors, terminal, asked, flags.explain, flags);
  });
}

async function audit(doors: Doors, terminal: Terminal, asked: AuditAsked, flags: AuditFlags): Promise<void> {
  const print = async (sheet: AuditSheet) => {
    tellStamp(terminal, sheet.asOf);
    const language = languageOf(flags)(sheet.locale);
    await printAudit(terminal, sheet, { format: flags.format, language, people: flags.people ?? false });
  };
  const remote = remoteOptionsOf(flags);
  if (remote) return print(await auditAtServer(remote, asked));
  return withNode(doors, async (node) => print(await auditHere(node, asked)));
}

async function explain(
  doors: Doors,
  terminal: Terminal,
  asked: AuditAsked,
  subject: string,
  flags: AuditFlags,
): Promise<void> {
  const { format } = flags;
  if (format === 'csv') throw new WrongUsage('FORMAT_CONTRADICTORY', 'An explanation is a table or JSON.');
  if (flags.people || asked.customer !== undefined || asked.category !== undefined) {
    throw new WrongUsage('FLAGS_CONTRADICTORY', 'An explanation is of one person: give no --people or limits.');
  }
  const print = async (explained: Explained) => {
    tellStamp(terminal, explained.asOf);
    await printExplained(terminal, explained, format);
  };
  const remote = remoteOptionsOf(flags);
  if (remote) return print(await explainAtServer(remote, asked, subject, languageOf(flags)));
  return withNode(doors, async (node) => print(await explainHere(node, asked, subject, languageOf(flags))));
}

/** What was asked for, else the language of the policy's organisation. */
function languageOf({ locale }: AuditFlags): (fallback: string) => Language {
  return (fallback) => languageFor(locale, fallback);
}
