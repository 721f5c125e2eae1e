data "dvce_nodes" "all" {}

output "ready" {
  value = [for node in data.dvce_nodes.all.nodes : node.name if node.state == "ready"]
}
