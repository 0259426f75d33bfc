/** An operation that the IDE opens with, made for the demonstration data. */
export interface IdeExample {
  readonly title: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The IDE opens with the last one in front. */
export const IDE_EXAMPLES: readonly IdeExample[] = [
  {
    title: 'Policies and versions',
    query: `query Policies {
  policies(first: 20) {
    nodes {
      handle
      kind
      title
      versions(first: 10) { nodes { sequence label effectiveFrom status change { reasons summary } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`,
    variables: {},
  },
  {
    title: 'Changes, as they come',
    query: `# Keep the cursor of the last item: given as "after", nothing is lost over a reconnect.
subscription Changes($handle: String, $after: String) {
  policyChanges(handle: $handle, after: $after) {
    id
    cursor
    kind
    at
    policy { handle }
    version { label effectiveFrom }
  }
}
`,
    variables: {},
  },
  {
    title: 'Who am I?',
    query: `# Put a token into the header Authorization: Bearer …
query WhoAmI {
  caller { actor expiresAt grants { role organisation { slug } } }
  log { head applied lagMs }
}
`,
    variables: {},
  },
  {
    title: 'Text in force on a day',
    query: `# Which text was in force at the end of that day? The stamp repeats the answer for ever.
query TextInForce($handle: String!, $on: LocalDate) {
  policyInForce(handle: $handle, asOf: { effectiveOn: $on }) {
    version { label effectiveFrom content { locale sha256 text } }
    reason { code text }
    asOf { effectiveAt timeZone recordedAt position settled }
  }
}
`,
    variables: { handle: 'fjordlys/privacy', on: '2022-03-15' },
  },
];
