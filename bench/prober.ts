/** Asks a server the same at a fixed rate, from a process of its own: how long somebody waits for an answer. */
import { Agent } from 'node:http';
import { obey } from './child-server';
import { type GraphqlRequest, postGraphql } from './post-graphql';

export type ProberOrder =
  | { readonly kind: 'open'; readonly address: string; readonly question: GraphqlRequest }
  | { readonly kind: 'start' }
  /** Answered when everything that was asked has been. */
  | { readonly kind: 'stop' };

export interface ProberReport {
  /** Of every question since the start, in milliseconds. */
  readonly waits: readonly number[];
}

const ASKED_EVERY_MS = 2;

const agent = new Agent({ keepAlive: true });
let ask: () => Promise<unknown> = () => Promise.reject(new Error('Nobody said whom to ask.'));
let timer: NodeJS.Timeout | undefined;
let waits: number[] = [];
let underWay: Promise<unknown>[] = [];

obey(async (order: ProberOrder): Promise<ProberReport> => {
  switch (order.kind) {
    case 'open':
      ask = () => postGraphql(agent, order.address, order.question);
      return { waits: [] };
    case 'start':
      [waits, underWay] = [[], []];
      timer = setInterval(askOnce, ASKED_EVERY_MS);
      return { waits };
    case 'stop':
      clearInterval(timer);
      await Promise.all(underWay);
      return { waits };
  }
});

/** Whether or not the question before was answered: who waits does not keep others from asking. */
function askOnce(): void {
  const started = performance.now();
  underWay.push(ask().then(() => waits.push(performance.now() - started)));
}
