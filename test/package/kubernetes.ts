import { readFileSync } from "node:fs";
import { join } from "node:path";

const KUBERNETES_FOLDER = join(import.meta.dir, "../../examples/kubernetes");

type Labels = Record<string, string>;

/** The fields of examples/kubernetes that tests read. */
interface Resources {
  Deployment: {
    spec: {
      selector: { matchLabels: Labels };
      template: {
        metadata: { labels: Labels };
        spec: {
          securityContext: Record<string, unknown>;
          containers: {
            args: string[];
            ports: { name: string; containerPort: number }[];
            readinessProbe: { httpGet: { path: string; port: string } };
            livenessProbe: { httpGet: { path: string; port: string } };
            securityContext: Record<string, unknown>;
            volumeMounts: { name: string; mountPath: string }[];
          }[];
          volumes: { name: string; emptyDir?: { medium: string; sizeLimit: string } }[];
        };
      };
    };
  };
  Service: { metadata: { labels: Labels }; spec: { selector: Labels; ports: { targetPort: string }[] } };
  ServiceMonitor: { spec: { selector: { matchLabels: Labels }; endpoints: { path: string }[] } };
}

/** The resources of examples/kubernetes by their kind. */
export function readResources(): Resources {
  const documents = ["scenecast.yaml", "servicemonitor.yaml"].flatMap((name) =>
    readFileSync(join(KUBERNETES_FOLDER, name), "utf8").split(/^---$/m),
  );
  const parsed = documents.map((text) => Bun.YAML.parse(text) as { kind: string });
  return Object.fromEntries(parsed.map((resource) => [resource.kind, resource])) as unknown as Resources;
}
