import type { Terminal } from './doors';

export interface ToldStamp {
  readonly effectiveAt: string;
  readonly recordedAt: string;
  readonly position: string;
  readonly forecast: boolean;
  /** Absent: not told. */
  readonly settled?: boolean;
}

/** At which stamp something was answered, on stderr; a forecast, and an answer that may still change, say so (T4, S4). */
export function tellStamp(terminal: Terminal, stamp: ToldStamp): void {
  const { effectiveAt, recordedAt, position, forecast, settled = true } = stamp;
  terminal.say(`effectiveAt ${effectiveAt}, recordedAt ${recordedAt}, position ${position}`);
  if (forecast) terminal.say('That instant is still to come: this is a forecast.');
  if (!settled) terminal.say('The log may still grow at or before recordedAt: only the position repeats this answer.');
}
