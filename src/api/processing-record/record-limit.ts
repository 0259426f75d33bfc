/** Activities of one answer; a record that is longer is prepared as a file. */
export const MAX_ACTIVITIES_IN_ANSWER = 2_000;
