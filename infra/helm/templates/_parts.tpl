{{- define "eventhooks.name" -}}
{{- if contains "eventhooks" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-eventhooks" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* What selects the pods of a part: (list . "worker") */}}
{{- define "eventhooks.selector" -}}
app.kubernetes.io/name: eventhooks
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "eventhooks.labels" -}}
{{ include "eventhooks.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ (index . 0).Chart.Name }}-{{ (index . 0).Chart.Version }}
{{- end }}

{{- define "eventhooks.secret" -}}
{{- required "existingSecret is not set: name a Secret with DATABASE_URL, REDIS_URL, EVENTHOOKS_ADMIN_TOKEN and EVENTHOOKS_SECRET_KEYS" .Values.existingSecret -}}
{{- end }}

{{/* A pod of one part: (list . "worker" .Values.worker) */}}
{{- define "eventhooks.pod" -}}
{{- $root := index . 0 }}{{ $part := index . 1 }}{{ $values := index . 2 }}
serviceAccountName: {{ if eq $part "migrate" }}default{{ else }}{{ include "eventhooks.name" $root }}{{ end }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with $values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
{{- with $root.Values.fileSecret }}
  - name: files
    secret: { secretName: {{ . | quote }} }
{{- end }}
{{- end }}

{{/* The container of one part, without its probes: (list . "worker" .Values.worker) */}}
{{- define "eventhooks.container" -}}
{{- $root := index . 0 }}{{ $part := index . 1 }}{{ $values := index . 2 }}
name: {{ $part }}
image: "{{ $root.Values.image.repository }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}"
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
args: [{{ $part | quote }}]
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
envFrom:
  - secretRef: { name: {{ include "eventhooks.secret" $root }} }
env:
  - { name: EVENTHOOKS_ADMIN_HOST, value: 0.0.0.0 }
  - { name: EVENTHOOKS_ADMIN_PORT, value: "8001" }
  - { name: EVENTHOOKS_WORKER_HOST, value: 0.0.0.0 }
  - { name: EVENTHOOKS_WORKER_PORT, value: "8002" }
{{- range $name, $value := $root.Values.settings }}
  - { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
resources: {{- toYaml $values.resources | nindent 2 }}
volumeMounts:
  - { name: tmp, mountPath: /tmp }
{{- if $root.Values.fileSecret }}
  - { name: files, mountPath: /etc/eventhooks/files, readOnly: true }
{{- end }}
{{- end }}

{{/* Probes on the port "http". Liveness asks the process alone: an outage of PostgreSQL must not restart everything. */}}
{{- define "eventhooks.probes" -}}
startupProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 2
{{- end }}

{{- define "eventhooks.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "eventhooks.selector" . | nindent 8 }}
{{- end }}

{{/* What every part may reach: PostgreSQL, Redis and DNS; its context is .Values.networkPolicy. */}}
{{- define "eventhooks.storesEgress" -}}
- to: {{- toYaml .postgres.to | nindent 4 }}
  ports: [{ protocol: TCP, port: {{ .postgres.port }} }]
- to: {{- toYaml .redis.to | nindent 4 }}
  ports:
    {{- range .redis.ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- end }}
- to: [{ namespaceSelector: {}, podSelector: { matchLabels: { k8s-app: kube-dns } } }]
  ports: [{ protocol: UDP, port: 53 }, { protocol: TCP, port: 53 }]
{{- end }}
