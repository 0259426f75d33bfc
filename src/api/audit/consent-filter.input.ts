import { IsOptional } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { MAX_NAME_LENGTH } from '../../domain/limits';
import type { ConsentStatus } from '../../domain/subject/consent-state';
import { line } from '../input-checks';
import { ConsentStatusEnum } from '../people/people-enums';

@InputType({ description: 'People by where they stand on one purpose.' })
export class ConsentFilter {
  @Field(() => String, { description: 'Key of a purpose that the policy has, or had.' })
  @line(MAX_NAME_LENGTH)
  purpose!: string;

  @Field(() => ConsentStatusEnum, { nullable: true })
  @IsOptional()
  status?: ConsentStatus | null;

  @Field(() => Boolean, { nullable: true, description: 'May the purpose be processed for them?' })
  @IsOptional()
  valid?: boolean | null;
}
