/** `train.placements`, and `train.regions` for those that name a region. */

import { z } from 'zod'
import { instanceType, refusal } from '../schema-parts'
import { network } from './estimator-arguments'
import { serviceInstanceType, serviceText } from './service-values'

const regionName = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d{1,2}$/, refusal('not a region of AWS', 'such as eu-west-1'))
  .meta({ examples: ['eu-west-1'] })

export const placement = z.strictObject({
  instanceType: serviceInstanceType('TrainingInstanceType', 'Instance type of this placement.'),
  useSpotInstances: z.boolean().default(true).describe('Managed spot, or on-demand.'),
  region: regionName
    .describe("Another region than the workers'. What the job reads is copied there first.")
    .optional(),
})

const { subnets, securityGroupIds, volumeKmsKey, outputKmsKey } = network

const region = z
  .strictObject({
    bucket: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
        refusal('not a bucket name', 'write it without s3:// and without a path'),
      )
      .describe('Bucket of that region. Default: sagemaker-{region}-{account}.'),
    imageUri: serviceText('AlgorithmImage', {
      about: 'The training image, from a registry of that region.',
      is: 'an image',
      like: '111122223333.dkr.ecr.eu-west-1.amazonaws.com/mine:1',
    }).regex(/^\S+$/, refusal('not an image', 'write it without spaces')),
    ...{ subnets, securityGroupIds, volumeKmsKey, outputKmsKey },
    prices: z
      .record(instanceType('Instance type.'), z.number().gt(0))
      .describe('US dollars per hour of an instance type in that region.'),
  })
  .partial()

export const regions = z
  .record(regionName, region)
  .optional()
  .describe(
    'By region that a placement names: what is another one there, as keys, subnets and images are.',
  )
