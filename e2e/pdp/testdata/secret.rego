package authzen.access.v1

default evaluation := {"decision": false}

evaluation := {"decision": true, "context": {"ttl_seconds": 60, "max_uses": 3}} if {
	input.subject.type == "workload"
	input.subject.id == "payments"
	input.subject.properties.tenant_id == "dev"
	input.resource.properties.accessor == "api.token"
}

evaluation := {"decision": true, "context": {"obligations": [limits]}} if {
	input.subject.id in {"payments", "alice"}
	input.resource.properties.accessor == "db.password"
}

# What secretsgen can't do, it doesn't ignore: this permit is a denial.
evaluation := {"decision": true, "context": {"obligations": [{"id": "1", "type": "watermark"}]}} if {
	input.subject.type == "workload"
	input.resource.properties.accessor == "legacy.token"
}

limits := {"id": "limits", "type": "custom", "properties": {
	"vendor": "secretsgen",
	"action": "grant_limits",
	"max_uses": 5000,
}}
