import { shareOf } from '../../../../../src/local/sagemaker/jobs/channel-objects'

const seed = Date.now()

/** Numbers from 0 to 1, the same for the same seed. */
function random(): () => number {
  let state = seed % 2_147_483_647
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

test('every object of a sharded channel goes to exactly one of its hosts, and about as many to each', () => {
  process.stdout.write(`seed ${seed}\n`)
  const next = random()
  for (let round = 0; round < 200; round++) {
    const hosts = Array.from({ length: 1 + Math.floor(next() * 8) }, (_, index) => ({
      name: `algo-${index + 1}`,
      group: next() < 0.5 ? 'one' : 'two',
      instanceType: 'ml.p3.2xlarge',
    }))
    const InstanceGroupNames = next() < 0.5 ? ['one'] : []
    const members = hosts.filter(({ group }) => InstanceGroupNames.length === 0 || group === 'one')
    const objects = Array.from({ length: Math.floor(next() * 40) }, (_, index) => ({
      bucket: 'b',
      key: `k-${Math.floor(next() * 1e9)}-${index}`,
      name: `n-${index}`,
    }))
    const source = { S3DataType: 'S3Prefix', S3Uri: 's3://b/k', InstanceGroupNames }
    const channelOf = (S3DataDistributionType: string) => ({
      ChannelName: 'train',
      DataSource: { S3DataSource: { ...source, S3DataDistributionType } },
    })
    const shares = (distribution: string) =>
      hosts.map((host) => shareOf({ channel: channelOf(distribution), objects, hosts, host }))

    const sharded = shares('ShardedByS3Key')
    const keys = sharded.flat().map(({ key }) => key)
    expect(keys.sort()).toEqual(members.length === 0 ? [] : objects.map(({ key }) => key).sort())
    const counts = sharded
      .filter((_, index) => members.some(({ name }) => name === hosts[index]?.name))
      .map(({ length }) => length)
    if (counts.length > 0) expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    for (const [index, share] of shares('FullyReplicated').entries())
      expect(share).toHaveLength(
        members.some(({ name }) => name === hosts[index]?.name) ? objects.length : 0,
      )
  }
})
