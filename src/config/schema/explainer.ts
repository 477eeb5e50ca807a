/** `deploy.explainerConfig`: online explanations by SageMaker Clarify. */

import { z } from 'zod'
import { s3Uri } from '../schema-parts'
import { serviceNumber } from './service-number'
import { serviceShape, serviceText } from './service-values'

const given = <Schema extends z.ZodType>(schema: Schema) => z.exactOptional(schema)

/** What a field, a header or an expression looks like; 64 characters at most. */
const expression = (about: string) =>
  given(
    serviceText('ClarifyProbabilityAttribute', { about, is: 'an expression', like: 'predictions' }),
  )

const headers = (shape: string, about: string) => {
  const { min = 1, max = 256 } = serviceShape(shape)
  const header = serviceText('ClarifyHeader', { about, is: 'a header', like: 'age' })
  return given(z.array(header).min(min).max(max).describe(about))
}

const shapConfig = z.strictObject({
  shapBaselineConfig: z
    .strictObject({
      mimeType: given(
        serviceText('ClarifyMimeType', {
          about: 'Type of the baseline. Default: text/csv.',
          is: 'a MIME type',
          like: 'text/csv',
        }),
      ),
      shapBaseline: given(z.string().min(1).max(4096).describe('The baseline itself.')),
      shapBaselineUri: given(s3Uri('S3 URI of the baseline.')),
    })
    .describe('What explanations compare with.'),
  numberOfSamples: given(serviceNumber('ClarifyShapNumberOfSamples', 'Samples of the kernel.')),
  seed: given(z.int().describe('Seed of the samples.')),
  useLogit: given(z.boolean().describe('Explains log-odds. Default: false.')),
  textConfig: given(
    z
      .strictObject({
        language: z
          .enum(serviceShape('ClarifyTextLanguage').enum ?? [])
          .describe('Language of the text.'),
        granularity: z
          .enum(['token', 'sentence', 'paragraph'])
          .describe('What is explained by itself.'),
      })
      .describe('For features that are text.'),
  ),
})

const inferenceConfig = z.strictObject({
  featureHeaders: headers('ClarifyFeatureHeaders', 'Names of the features.'),
  featureTypes: given(
    z
      .array(z.enum(['numerical', 'categorical', 'text']))
      .min(1)
      .max(256)
      .describe('Types of the features.'),
  ),
  featuresAttribute: expression('Where the features are in a JSON Lines request.'),
  probabilityIndex: given(serviceNumber('ClarifyProbabilityIndex', 'Column of the score.')),
  probabilityAttribute: expression('Where the score is in the answer.'),
  labelIndex: given(serviceNumber('ClarifyLabelIndex', 'Column of the label.')),
  labelAttribute: expression('Where the label is in the answer.'),
  labelHeaders: headers('ClarifyLabelHeaders', 'Names of the labels.'),
  maxPayloadInMb: given(
    serviceNumber('ClarifyMaxPayloadInMB', 'Largest request to the model, in MB. Default: 6.'),
  ),
  maxRecordCount: given(serviceNumber('ClarifyMaxRecordCount', 'Records of one request.')),
  contentTemplate: expression('Template of a JSON Lines request.'),
})

export const explainerConfig = z
  .strictObject({
    clarifyExplainerConfig: given(
      z
        .strictObject({
          shapConfig: shapConfig.describe('How SHAP explains.'),
          enableExplanations: expression('JMESPath: which records are explained. Default: all.'),
          inferenceConfig: given(inferenceConfig.describe('How requests and answers look.')),
        })
        .describe('The one kind of explainer that there is.'),
    ),
  })
  .describe('Explanations by SageMaker Clarify with each answer.')
