const FACTS = `query ($after: Position, $locale: Locale) {
  me {
    id
    registeredAt
    consents { policy { handle } purpose status valid decidedAt expiresAt version { label } }
    acceptances { accepted at version { label policy { handle } } }
    facts(first: 100, after: $after) {
      nodes { position type occurredAt recordedAt sentence(locale: $locale) data }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

/** Everything that is recorded about a person, asked for with their own token (GDPR Art. 15 and 20). */
export async function ownFacts(ask, token, locale) {
  const facts = [];
  let after = null;
  for (;;) {
    const { me } = await ask(FACTS, { after, locale }, token);
    facts.push(...me.facts.nodes.map(({ data, ...fact }) => ({ ...fact, data: data && JSON.parse(data) })));
    if (!me.facts.pageInfo.hasNextPage) return { ...me, facts };
    after = me.facts.pageInfo.endCursor;
  }
}
