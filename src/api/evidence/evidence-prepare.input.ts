import { IsOptional, ValidateNested } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import type { EvidenceFormat, EvidenceKind } from '../../domain/evidence/evidence.events';
import { key } from '../input-checks';
import { AsOfInput } from '../time/as-of.input';
import { EvidenceFormatEnum, EvidenceKindEnum } from './evidence.type';

@InputType()
export class EvidencePrepareInput {
  @Field(() => EvidenceKindEnum)
  kind!: EvidenceKind;

  @Field(() => EvidenceFormatEnum)
  format!: EvidenceFormat;

  @Field(() => ID, { nullable: true, description: 'Of an export of an organisation.' })
  organisation?: string | null;

  @Field(() => ID, { nullable: true, description: 'Of an export or a BUNDLE of one policy.' })
  policy?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: "Of a SUBJECT_COPY, or of a BUNDLE of one person; of a copy absent with a subject's own token.",
  })
  subject?: string | null;

  @Field(() => AsOfInput, { nullable: true })
  @IsOptional()
  @ValidateNested()
  asOf?: AsOfInput | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description:
      'Of an export of many: what is held in clear, too. Of a BUNDLE: a key for each sealed value. A SUBJECT_COPY holds them anyway.',
  })
  personalValues?: boolean | null;

  @Field(() => String, { nullable: true })
  @key()
  idempotencyKey?: string | null;
}
