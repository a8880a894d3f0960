import { network } from './limits.ts';

/*
 * Workers stand in public subnets with an address of their own, because a NAT gateway would cost more in an idle
 * month than everything else here. Nothing can open a connection to them.
 */

const anywhere = { cidrBlocks: ['0.0.0.0/0'], ipv6CidrBlocks: ['::/0'] };

export const vpc = new sst.aws.Vpc('Network', {
  az: network.zones,
  transform: {
    securityGroup: (args) => {
      args.ingress = [];
      args.egress = [
        { ...anywhere, protocol: 'tcp', fromPort: 443, toPort: 443, description: 'HTTPS' },
        { ...anywhere, protocol: 'tcp', fromPort: 80, toPort: 80, description: 'package mirrors' },
      ];
    },
  },
});

/** Ways to DynamoDB and S3 that cost nothing and do not leave AWS. */
for (const service of ['dynamodb', 's3'] as const) {
  new aws.ec2.VpcEndpoint(`Network${service === 's3' ? 'S3' : 'Dynamo'}`, {
    vpcId: vpc.id,
    serviceName: $interpolate`com.amazonaws.${aws.getRegionOutput().region}.${service}`,
    vpcEndpointType: 'Gateway',
    routeTableIds: vpc.nodes.publicRouteTables.apply((tables) => tables.map(({ id }) => id)),
  });
}
