/** `train.gitConfig`: the repository that the training code is cloned from. */

import { z } from 'zod'
import { gitConfigFaults } from '../../git/git-config-faults'
import { refusal, text } from '../schema-parts'

const optional = (about: string, example: string) =>
  text(about)
    .meta({ examples: [example] })
    .optional()

export const gitConfig = z
  .strictObject({
    repo: text('Address of the repository: https://…, ssh://… or git@host:path.').meta({
      examples: ['https://github.com/huggingface/transformers.git'],
    }),
    branch: optional("Branch or tag. Default: the repository's default branch.", 'main'),
    commit: optional(
      'Commit, best all 40 digits. Default: the head of the branch.',
      '0123456789abcdef0123456789abcdef01234567',
    ),
    username: optional('User of an https address.', 'alice'),
    password: optional('Its password, as a reference: env:NAME.', 'env:GIT_PASSWORD'),
    token: optional('A token instead of the password, as a reference: env:NAME.', 'env:GIT_TOKEN'),
  })
  .superRefine((value, context) => {
    for (const { field, what, hint } of gitConfigFaults(value))
      context.addIssue({ code: 'custom', path: [field], message: refusal(what, hint) })
  })
  .optional()
  .describe('A git repository that holds the code: sourceDir and dependencies are paths in it.')
