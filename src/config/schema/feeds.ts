import { z } from 'zod'
import { refusal, text } from '../schema-parts'

const reference = (about: string) =>
  z
    .string()
    .max(512)
    .regex(
      /^env:[A-Z_][A-Z0-9_]*$/,
      refusal('a secret in plain text would be kept in history', 'write env:NAME'),
    )
    .meta({ examples: ['env:MLFLOW_TRACKING_TOKEN'] })
    .describe(about)
    .optional()

const mlflow = z
  .strictObject({
    trackingUri: z
      .string()
      .max(1024)
      .regex(
        /^(env:[A-Z_][A-Z0-9_]*|https?:\/\/[^\s/@]+(\/\S*)?|arn:aws(-us-gov)?:sagemaker:[a-z0-9-]+:\d{12}:mlflow-(tracking-server|app)\/[^\s/]+)$/,
        refusal(
          'neither the address of a server nor the ARN of a SageMaker MLflow',
          'write http(s)://host, arn:aws:sagemaker:…:mlflow-tracking-server/NAME, or env:MLFLOW_TRACKING_URI',
        ),
      )
      .meta({ examples: ['https://mlflow.internal', 'env:MLFLOW_TRACKING_URI'] })
      .default('env:MLFLOW_TRACKING_URI')
      .describe(
        'Address of the MLflow server, as the workers reach it, or the ARN of one of SageMaker’s.',
      ),
    experiment: text("Name of the experiment. Default: the pipeline's.").optional(),
    token: reference('Bearer token, as env:NAME of the worker.'),
    username: text('Name for basic authentication.').optional(),
    password: reference('Password for basic authentication, as env:NAME of the worker.'),
  })
  .optional()
  .describe(
    'Every run, and every sweep with its trials, is shown on an MLflow server: metrics during training, scores and artifacts at the end.',
  )

const wandb = z
  .strictObject({
    project: text("W&B project. Default: the pipeline's name.").optional(),
    entity: text('W&B entity.').optional(),
    apiKey: reference('API key, as env:NAME of the worker.'),
  })
  .optional()
  .describe('Variables by which the script logs all attempts of a run to one run of W&B.')

const trackio = z
  .strictObject({
    project: text("Trackio project. Default: the pipeline's name.").optional(),
    spaceId: text('Hugging Face Space that shows it, as user/name.').optional(),
  })
  .optional()
  .describe('Variables by which the script logs to Trackio.')

/** A section of its own: they concern the whole run, and all of `train` is the estimator's. */
export const feeds = z
  .strictObject({ mlflow, wandb, trackio })
  .optional()
  .describe('Where runs are shown besides. A feed that fails never fails a run.')
