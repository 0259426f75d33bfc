import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitOutput } from './git-process';
import type { GitRepository } from './git-repository';

/** What attributes say about a path, whatever its content: `binary` (or `-diff`), or `diff`. */
export type DeclaredKind = 'binary' | 'text';

/** Name of the files that hold attributes. */
export const ATTRIBUTES_FILE = '.gitattributes';

/**
 * What the attributes at HEAD, and those of this clone alone, declare. Paths of which they say nothing are left out.
 *
 * @param attributeFiles where attributes were kept at any time
 * @throws GitFailed
 */
export async function declaredKinds(
  repository: GitRepository,
  attributeFiles: readonly string[],
  paths: readonly string[],
): Promise<ReadonlyMap<string, DeclaredKind>> {
  const { directory, head } = repository;
  const entries: Buffer[] = [];
  if (attributeFiles.length > 0) {
    const wanted = ['ls-tree', '--full-tree', '-z', head, '--', ...attributeFiles];
    for await (const chunk of gitOutput(directory, wanted)) entries.push(chunk);
  }
  if (entries.length === 0 && !(await hasOwnAttributes(repository))) return new Map();
  const temporary = await mkdtemp(join(tmpdir(), 'samtykke-attributes-'));
  try {
    // An index with nothing in it but the attributes of HEAD: the work tree may differ, or be absent.
    const indexFile = join(temporary, 'index');
    for await (const _ of gitOutput(directory, ['update-index', '-z', '--index-info'], { indexFile, input: entries }));
    return await askAttributes(directory, indexFile, paths);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function hasOwnAttributes({ gitDirectory }: GitRepository): Promise<boolean> {
  return stat(join(gitDirectory, 'info', 'attributes')).then(
    () => true,
    () => false,
  );
}

async function askAttributes(
  directory: string,
  indexFile: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, DeclaredKind>> {
  const kinds = new Map<string, DeclaredKind>();
  let rest = '';
  const decoder = new TextDecoder();
  const command = ['check-attr', '-z', '--cached', '--stdin', 'diff'];
  const input = (function* () {
    for (const path of paths) yield `${path}\0`;
  })();
  for await (const chunk of gitOutput(directory, command, { indexFile, input })) {
    const fields = (rest + decoder.decode(chunk, { stream: true })).split('\0');
    const whole = fields.length - 1 - ((fields.length - 1) % 3);
    for (let at = 0; at < whole; at += 3) {
      const [path = '', , value] = fields.slice(at, at + 3);
      if (value === 'unset') kinds.set(path, 'binary');
      if (value === 'set') kinds.set(path, 'text');
    }
    rest = fields.slice(whole).join('\0');
  }
  return kinds;
}
