import { accepted } from './samtykke.mjs';

const ORGANISATION = `query ($slug: String) { organisation(slug: $slug) { id } }`;

const REGISTER = `mutation ($input: SubjectRegisterInput!) {
  subjectRegister(input: $input) { subject { id } userErrors { code message } } }`;

const TOKEN = `mutation ($input: SubjectTokenIssueInput!) {
  subjectTokenIssue(input: $input) { token expiresAt userErrors { code message } } }`;

/** The product's users, whom Samtykke knows by random ids. */
export async function createPeople({ ask, serviceToken, organisation: slug, tokenSeconds }) {
  const { organisation } = await ask(ORGANISATION, { slug }, serviceToken);
  if (!organisation) throw new Error(`Samtykke knows no organisation ${slug}.`);

  return {
    organisationId: organisation.id,

    /** The same name is the same person, however often and from wherever it is registered. */
    async register(externalId) {
      const input = { organisation: organisation.id, externalId, categories: ['customer'] };
      return accepted((await ask(REGISTER, { input }, serviceToken)).subjectRegister).subject.id;
    },

    /** A token with which a person's own browser acts as that person and nobody else. */
    async issueToken(subject) {
      const input = { subject, validForSeconds: tokenSeconds };
      return accepted((await ask(TOKEN, { input }, serviceToken)).subjectTokenIssue);
    },
  };
}
