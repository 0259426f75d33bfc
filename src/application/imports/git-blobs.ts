import { endOf, type GitProcess, startGit } from './git-process';
import { repositoryIncomplete } from './import-refusals';

/** Reads what stands at a path after a commit, by one git process for sizes and one for contents. */
export interface GitBlobs {
  /** Bytes; asked first, so that git never unpacks what nobody wants. @throws Refusal REPOSITORY_INCOMPLETE */
  size(blob: string): Promise<number>;
  /** @throws Refusal REPOSITORY_INCOMPLETE */
  read(blob: string): Promise<Buffer>;
  /** Ends both processes, and waits for it. */
  close(): Promise<void>;
}

export function openGitBlobs(directory: string): GitBlobs {
  const sizes = startGit(directory, ['cat-file', '--batch-check']);
  const contents = startGit(directory, ['cat-file', '--batch']);
  const askSize = questions(sizes, false);
  const askContent = questions(contents, true);
  return {
    size: async (blob) => (await askSize(blob)).size,
    read: async (blob) => (await askContent(blob)).content,
    close: async () => {
      await Promise.all([sizes, contents].map(closed));
    },
  };
}

function closed(git: GitProcess): Promise<void> | undefined {
  if (git.exitCode !== null || git.signalCode !== null || git.pid === undefined) return undefined;
  const ended = new Promise<void>((resolve) => git.once('exit', () => resolve()));
  git.kill();
  return ended;
}

interface Answer {
  readonly size: number;
  readonly content: Buffer;
}

interface Asker {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
const MAX_ANSWERED_KEPT = 1_024;

/** Answers come in the order of the questions: a line `<id> <type> <size>`, then the content and a line feed. */
function questions(git: GitProcess, withContent: boolean): (blob: string) => Promise<Answer> {
  const waiting: Asker[] = [];
  let answered = 0;
  let fault: unknown;
  let line: Buffer = NOTHING;
  let content: Buffer | undefined;
  let filled = 0;

  function fail(error: unknown): void {
    fault ??= error;
    for (const { reject } of waiting.splice(0)) reject(fault);
  }

  function answer(settle: (asker: Asker) => void): void {
    const asker = waiting[answered];
    answered += 1;
    // Taking each from the front would move all that wait.
    if (answered === waiting.length || answered > MAX_ANSWERED_KEPT) {
      waiting.splice(0, answered);
      answered = 0;
    }
    if (asker) settle(asker);
  }

  function takeLine(text: string): void {
    const [, type, bytes] = text.split(' ');
    const size = Number(bytes);
    if (type !== 'blob' || !Number.isSafeInteger(size)) answer(({ reject }) => reject(repositoryIncomplete()));
    else if (withContent) content = Buffer.allocUnsafeSlow(size + 1);
    else answer(({ resolve }) => resolve({ size, content: NOTHING }));
    filled = 0;
  }

  function take(chunk: Buffer): number {
    if (content) {
      const copied = chunk.copy(content, filled);
      filled += copied;
      if (filled === content.length) {
        const whole = content.subarray(0, -1);
        content = undefined;
        answer(({ resolve }) => resolve({ size: whole.length, content: whole }));
      }
      return copied;
    }
    const end = chunk.indexOf(LINE_FEED);
    if (end === -1) {
      line = Buffer.concat([line, chunk]);
      return chunk.length;
    }
    const text = line.toString('latin1') + chunk.toString('latin1', 0, end);
    line = NOTHING;
    takeLine(text);
    return end + 1;
  }

  git.stdout.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) at += take(chunk.subarray(at));
  });
  endOf(git, 'cat-file').then(() => fail(new Error('git cat-file ended by itself.')), fail);

  return (blob) =>
    new Promise((resolve, reject) => {
      if (fault !== undefined) return reject(fault);
      waiting.push({ resolve, reject });
      if (git.stdin.writableCorked === 0) {
        git.stdin.cork();
        process.nextTick(() => git.stdin.uncork());
      }
      git.stdin.write(`${blob}\n`);
    });
}
