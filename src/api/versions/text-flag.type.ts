import { Field, ObjectType } from 'type-graphql';
import type { TextFlag } from '../../domain/policy/policy.events';
import { AccessDefault, asParent } from '../auth/access';
import { type InBoth, languageFor } from '../languages';
import { Locale } from '../scalars';

const EXPLANATIONS: { readonly [code in TextFlag['code']]: InBoth } = {
  IMPLIED_CONSENT_CLAUSE: {
    nb: 'Teksten sier at bruk av tjenesten er et samtykke. Et samtykke krever en aktiv handling (GDPR art. 4 nr. 11, fortalepunkt 32); setningen regnes aldri som et.',
    en: 'The text says that using the service is consent. Consent takes a clear affirmative act (GDPR Art. 4(11), recital 32); the passage is never read as one.',
  },
};

@ObjectType('TextFlag', {
  simpleResolvers: true,
  description: 'A passage to look at before it misleads anybody. It blocks nothing.',
})
@AccessDefault(asParent)
export class TextFlagView {
  @Field(() => String)
  readonly code: string;

  @Field(() => Locale)
  readonly locale: string;

  @Field(() => String)
  readonly passage: string;

  @Field(() => String, { description: "In the text's language where that is Norwegian, else in English." })
  readonly explanation: string;

  constructor({ code, locale, passage }: TextFlag) {
    this.code = code;
    this.locale = locale;
    this.passage = passage;
    this.explanation = EXPLANATIONS[code][languageFor(locale, 'en')];
  }
}
