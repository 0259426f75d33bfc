const TOLD_EACH_MS = 10_000;

/** Tells a person on stderr, now and then, how far something is that takes minutes. */
export function progressOf(what: string, total: number): (done: number) => void {
  const started = Date.now();
  let told = started;
  return (done) => {
    const now = Date.now();
    if (now - told < TOLD_EACH_MS) return;
    told = now;
    const seconds = Math.round((now - started) / 1_000);
    process.stderr.write(`  ${done.toLocaleString('en')} of ${total.toLocaleString('en')} ${what}, ${seconds} s\n`);
  };
}
