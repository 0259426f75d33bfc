/** What the product wants to know of a person before it serves them. */
const STANDING = `query ($policy: ID!) {
  me {
    obligations { blocked unchangedUntil }
    consents(policy: $policy) { purpose valid expiresAt }
  }
}`;

const POLICY = `query ($handle: String) { policy(handle: $handle) { id } }`;

const MAX_KNOWN = 10_000;

/**
 * How people stand, remembered for as long as the answer holds: until the clock changes it, or until the log tells a
 * fact about the person or a policy. While nobody tells what is recorded, nothing is remembered.
 */
export async function createStandings({ ask, serviceToken, organisation }) {
  const { policy } = await ask(POLICY, { handle: `${organisation}/privacy` }, serviceToken);
  if (!policy) throw new Error(`Samtykke knows no policy ${organisation}/privacy.`);
  const known = new Map();
  let following = false;

  return {
    async of({ subject, token }) {
      const remembered = known.get(subject);
      if (remembered && Date.now() < remembered.until) return remembered;
      const asked = { until: 0 };
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(subject, asked);
      const { me } = await ask(STANDING, { policy: policy.id }, token);
      const newsletter = me.consents.find(({ purpose }) => purpose === 'newsletter');
      const standing = {
        blocked: me.obligations.blocked,
        newsletter: newsletter?.valid ?? false,
        until: firstOf(me.obligations.unchangedUntil, newsletter?.expiresAt),
      };
      // A fact that came in while we asked has taken `asked` out again: then the answer may be older than the fact.
      if (following && known.get(subject) === asked) known.set(subject, standing);
      return standing;
    },

    /** Facts of the log are told from now on (true), or no longer (false). */
    followed(isFollowing) {
      following = isFollowing;
      known.clear();
    },

    /** A fact was recorded: about a person, or about a policy and so perhaps about everybody. */
    recorded({ subject }) {
      if (subject) known.delete(subject);
      else known.clear();
    },
  };
}

function firstOf(...instants) {
  return Math.min(...instants.map((instant) => (instant ? Date.parse(instant) : Number.POSITIVE_INFINITY)));
}
