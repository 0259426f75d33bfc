import { Field, Int, ObjectType } from 'type-graphql';
import type { ContentRef, TextFormat } from '../../domain/policy/policy.events';
import { AccessDefault, asParent } from '../auth/access';
import { TextFormatEnum } from '../policies/policy-enums';
import { Locale } from '../scalars';
import type { Scope } from '../scope';

@ObjectType('PolicyContent', {
  simpleResolvers: true,
  description: 'A text in one locale. Hash and size are those of the bytes as received.',
})
@AccessDefault(asParent)
export class PolicyContentView {
  @Field(() => Locale)
  readonly locale: string;

  @Field(() => TextFormatEnum)
  readonly format: TextFormat;

  @Field(() => String, { description: 'SHA-256, lower-case hex.' })
  readonly sha256: string;

  @Field(() => Int)
  readonly bytes: number;

  constructor(
    readonly content: ContentRef,
    readonly organisation: string,
    readonly scope: Scope,
  ) {
    this.locale = content.locale;
    this.format = content.format;
    this.sha256 = content.sha256;
    this.bytes = content.bytes;
  }
}
