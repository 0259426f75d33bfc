import { parentPort } from 'node:worker_threads';
import { compareTexts, type SectionComparison } from './compare-texts';
import { countChangedWords } from './count-changed-words';

/** What a thread is asked to do. */
export interface ComparisonOrder {
  readonly id: number;
  readonly kind: 'sections' | 'words';
  readonly from: string;
  readonly to: string;
}

/** What was not asked for is empty. */
export interface ComparisonAnswer {
  readonly id: number;
  readonly sections: readonly SectionComparison[];
  readonly words: number;
}

parentPort?.on('message', ({ id, kind, from, to }: ComparisonOrder) => {
  const answer: ComparisonAnswer = {
    id,
    sections: kind === 'sections' ? compareTexts(from, to) : [],
    words: kind === 'words' ? countChangedWords(from, to) : 0,
  };
  parentPort?.postMessage(answer);
});
