/** Every operation that sagemaker-local serves, by its AWS name. */

import { describeLogGroups, describeLogStreams } from '../logs/describe-logs'
import { filterLogEvents } from '../logs/filter-log-events'
import { getLogEvents } from '../logs/get-log-events'
import type { Operation } from './context'
import { describeAlarms } from './describe-alarms'
import { createModelPackage } from './create-model-package'
import { getCallerIdentity } from './get-caller-identity'
import { getMetricData, getMetricStatistics, listMetrics, putMetricData } from './metrics'
import {
  createModelPackageGroup,
  deleteModelPackageGroup,
  describeModelPackageGroup,
  listModelPackageGroups,
} from './model-package-groups'
import {
  deleteModelPackage,
  describeModelPackage,
  listModelPackages,
  updateModelPackage,
} from './model-packages'
import {
  createProcessingJob,
  describeProcessingJob,
  listProcessingJobs,
  stopProcessingJob,
} from './processing-jobs'
import {
  createEndpointConfig,
  deleteEndpointConfig,
  describeEndpointConfig,
  listEndpointConfigs,
} from './endpoint-configs'
import {
  createEndpoint,
  deleteEndpoint,
  describeEndpoint,
  listEndpoints,
  updateEndpoint,
  updateEndpointWeightsAndCapacities,
} from './endpoints'
import { createModel, deleteModel, describeModel, listModels } from './models'
import { deleteMessage, receiveMessage, sendMessage } from './queue'
import { search } from './search'
import { addTags, deleteTags, listTags } from './tags'
import {
  createTrainingJob,
  deleteTrainingJob,
  describeTrainingJob,
  listTrainingJobs,
  stopTrainingJob,
} from './training-jobs'
import {
  createHyperParameterTuningJob,
  describeHyperParameterTuningJob,
  listHyperParameterTuningJobs,
  listTrainingJobsForHyperParameterTuningJob,
  stopHyperParameterTuningJob,
} from './tuning-jobs'
import {
  createTransformJob,
  describeTransformJob,
  listTransformJobs,
  stopTransformJob,
} from './transform-jobs'

/** Names are unique across the services served here; service-model.json lists the same ones. */
export const operations = new Map<string, Operation>([
  ['CreateTrainingJob', createTrainingJob],
  ['DescribeTrainingJob', describeTrainingJob],
  ['ListTrainingJobs', listTrainingJobs],
  ['StopTrainingJob', stopTrainingJob],
  ['DeleteTrainingJob', deleteTrainingJob],
  ['CreateProcessingJob', createProcessingJob],
  ['DescribeProcessingJob', describeProcessingJob],
  ['ListProcessingJobs', listProcessingJobs],
  ['StopProcessingJob', stopProcessingJob],
  ['AddTags', addTags],
  ['ListTags', listTags],
  ['DeleteTags', deleteTags],
  ['CreateModelPackageGroup', createModelPackageGroup],
  ['DescribeModelPackageGroup', describeModelPackageGroup],
  ['ListModelPackageGroups', listModelPackageGroups],
  ['DeleteModelPackageGroup', deleteModelPackageGroup],
  ['CreateModelPackage', createModelPackage],
  ['DescribeModelPackage', describeModelPackage],
  ['ListModelPackages', listModelPackages],
  ['UpdateModelPackage', updateModelPackage],
  ['DeleteModelPackage', deleteModelPackage],
  ['DescribeAlarms', describeAlarms],
  ['CreateModel', createModel],
  ['DescribeModel', describeModel],
  ['ListModels', listModels],
  ['DeleteModel', deleteModel],
  ['CreateEndpointConfig', createEndpointConfig],
  ['DescribeEndpointConfig', describeEndpointConfig],
  ['ListEndpointConfigs', listEndpointConfigs],
  ['DeleteEndpointConfig', deleteEndpointConfig],
  ['CreateEndpoint', createEndpoint],
  ['DescribeEndpoint', describeEndpoint],
  ['ListEndpoints', listEndpoints],
  ['UpdateEndpoint', updateEndpoint],
  ['UpdateEndpointWeightsAndCapacities', updateEndpointWeightsAndCapacities],
  ['DeleteEndpoint', deleteEndpoint],
  ['CreateTransformJob', createTransformJob],
  ['DescribeTransformJob', describeTransformJob],
  ['ListTransformJobs', listTransformJobs],
  ['StopTransformJob', stopTransformJob],
  ['DescribeLogGroups', describeLogGroups],
  ['DescribeLogStreams', describeLogStreams],
  ['GetLogEvents', getLogEvents],
  ['FilterLogEvents', filterLogEvents],
  ['CreateHyperParameterTuningJob', createHyperParameterTuningJob],
  ['DescribeHyperParameterTuningJob', describeHyperParameterTuningJob],
  ['ListHyperParameterTuningJobs', listHyperParameterTuningJobs],
  ['StopHyperParameterTuningJob', stopHyperParameterTuningJob],
  ['ListTrainingJobsForHyperParameterTuningJob', listTrainingJobsForHyperParameterTuningJob],
  ['Search', search],
  ['GetMetricStatistics', getMetricStatistics],
  ['GetMetricData', getMetricData],
  ['ListMetrics', listMetrics],
  ['PutMetricData', putMetricData],
  ['SendMessage', sendMessage],
  ['ReceiveMessage', receiveMessage],
  ['DeleteMessage', deleteMessage],
  ['GetCallerIdentity', getCallerIdentity],
])
