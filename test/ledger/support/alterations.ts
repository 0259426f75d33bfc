/**
 * What somebody with a tool for SQLite may do to the events of a log that `fill` made in rounds of 12, 12 and 6, the
 * first two with a checkpoint each: what it is, what is found, at which position, and the statements.
 */
export const ALTERATIONS: readonly [string, string, string, readonly string[]][] = [
  [
    'a byte of what an event says',
    'EVENT_ALTERED',
    '17',
    [`UPDATE events SET data = replace(data, 'version', 'versiom') WHERE position = 17`],
  ],
  [
    'a byte after which it is no JSON any more',
    'EVENT_ALTERED',
    '17',
    [`UPDATE events SET data = replace(data, '{', '[') WHERE position = 17`],
  ],
  [
    'a byte after which it is no text any more',
    'EVENT_ALTERED',
    '17',
    [
      `UPDATE events SET data = CAST(CAST(replace(data, 'version', 'versi') AS BLOB) || x'ff' AS TEXT) WHERE position = 17`,
    ],
  ],
  [
    'who did it',
    'EVENT_ALTERED',
    '17',
    [`UPDATE events SET metadata = json_set(metadata, '$.actor', 'x') WHERE position = 17`],
  ],
  [
    'the tag of its stream',
    'EVENT_ALTERED',
    '17',
    [`UPDATE events SET metadata = json_set(metadata, '$.streamTag', '${'x'.repeat(43)}') WHERE position = 17`],
  ],
  ['the id of an event', 'EVENT_ALTERED', '17', [`UPDATE events SET id = randomblob(16) WHERE position = 17`]],
  [
    'when it was recorded',
    'EVENT_ALTERED',
    '17',
    ['UPDATE events SET recorded_at = recorded_at - 86400000 WHERE position = 17'],
  ],
  [
    'its type, for all events of it',
    'EVENT_ALTERED',
    '1',
    [`UPDATE event_types SET name = 'SomethingElse' WHERE event_type = 1`],
  ],
  ['the name of a stream', 'EVENT_ALTERED', '2', [`UPDATE streams SET uuid = randomblob(16) WHERE stream = 2`]],
  ['whose event it is', 'EVENT_ALTERED', '17', ['UPDATE events SET stream = 2, version = 99 WHERE position = 17']],
  ['its place in its stream', 'EVENT_ALTERED', '17', ['UPDATE events SET version = 99 WHERE position = 17']],
  ['the stream it points to', 'EVENT_ALTERED', '17', ['UPDATE events SET stream = 99 WHERE position = 17']],
  [
    'the order of two events',
    'EVENT_ALTERED',
    '17',
    [
      'UPDATE events SET position = 1000 WHERE position = 17',
      'UPDATE events SET position = 17 WHERE position = 18',
      'UPDATE events SET position = 18 WHERE position = 1000',
    ],
  ],
  ['an event, which is gone', 'EVENT_MISSING', '17', ['DELETE FROM events WHERE position = 17']],
  [
    'a thing that is none of the proof, into one that is',
    'EVENT_ADDED',
    '16',
    [`UPDATE events SET category = 1, stream = 1, version = 99 WHERE position = 16`],
  ],
  [
    'an event that no checkpoint covers',
    'EVENT_ALTERED',
    '115',
    [`UPDATE events SET data = '{}' WHERE position = 115`],
  ],
];
