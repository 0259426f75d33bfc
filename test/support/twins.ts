import { addMs } from '../../src/domain/time';
import type { PeopleHistory } from './person-stories';
import { DAY_MS, type ToldEvent, type ToldLog } from './told-log';

/**
 * The history with another for each of its people who does the same, but for one thing: other categories, another time
 * of registration, something that was not done, or from some day on nothing at all.
 */
export function withTwins({ events, subjects, ...history }: PeopleHistory, dice: ToldLog): PeopleHistory {
  const twinOf = new Map(subjects.map((id) => [id, `f${id.slice(1)}`]));
  const links = events.filter(({ event }) => event.type === 'SubjectLinked' || event.type === 'SubjectLinkReceived');
  const linked = new Set(links.map(({ stream }) => stream));
  const corrected = new Set(events.flatMap(({ stream, event }) => (event.type === 'FactCorrected' ? [stream] : [])));
  const lasting = new Map(
    subjects.map((id) => {
      const own = events.filter(({ stream }) => stream === `subject-${id}`).length;
      return [id, dice.chance(0.5) || linked.has(`subject-${id}`) ? own : 1 + dice.below(own)];
    }),
  );
  const told = events.flatMap((each): ToldEvent[] => {
    const id = subjects.find((subject) => each.stream === `subject-${subject}`);
    if (id === undefined) return [each];
    const left = lasting.get(id) ?? 0;
    lasting.set(id, left - 1);
    if (left <= 0) return [each];
    const text = JSON.stringify(each);
    const copied = [...twinOf].reduce((so, [one, other]) => so.replaceAll(one, other), text);
    const copy = unlike(JSON.parse(copied) as ToldEvent, dice);
    // What a correction names stands at a place in the stream.
    const isLeftOut = 'policyId' in copy.event.data && !corrected.has(each.stream) && dice.chance(0.15);
    return isLeftOut ? [each] : [each, copy];
  });
  return {
    ...history,
    subjects: [...subjects, ...twinOf.values()],
    events: told.map((each, place) => ({ ...each, n: place + 1 })),
  };
}

function unlike(told: ToldEvent, dice: ToldLog): ToldEvent {
  const { event } = told;
  if (event.type !== 'SubjectRegistered' || dice.chance(0.4)) return told;
  const registeredAt = addMs(event.data.registeredAt, -dice.below(40) * DAY_MS);
  const categories = dice.chance(0.3) ? event.data.categories.slice(1) : event.data.categories;
  return { ...told, event: { ...event, data: { ...event.data, registeredAt, categories } } };
}
