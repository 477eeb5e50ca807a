import type { Patch } from './mutated-tree'

/**
 * The design that most scripts have: a job is named after the time, and a create that fails is sent
 * again. Nothing is looked for, nothing is adopted, and a publish asks nobody whether it was done.
 */
export const naiveDesign: readonly Patch[] = [
  {
    file: 'dist/activities/create-job.js',
    find: 'const existing = await jobs.describe(job.jobName);',
    replace: `const naiveName = \`\${job.jobName.slice(0, 40)}-\${Date.now()}\`;
    const member = job.kind === 'training' ? 'TrainingJobName' : 'ProcessingJobName';
    const frozen = (0, resolve_references_1.resolveReferences)({ request: await readFrozen(deps, job), env: deps.env });
    await jobs.create({ ...frozen, [member]: naiveName });
    return { arn: '', adopted: false, runner: 'naive', jobName: naiveName };
    const existing = await jobs.describe(job.jobName);`,
  },
  {
    file: 'dist/workflows/run-job.js',
    find: 'waitForJob)({ job, site, deadline,',
    replace: 'waitForJob)({ job: { ...job, jobName: created.jobName }, site, deadline,',
  },
  {
    file: 'dist/activities/register-model.js',
    find: 'if (existing) return existing;',
    replace: '',
  },
  {
    file: 'dist/activities/register-model.js',
    find: 'clientToken: (0, names_1.tokenFor)(`${model}/${sha256}`),',
    replace: 'clientToken: (0, names_1.tokenFor)(String(Math.random())),',
  },
]
