resource "dvce_image" "debian" {
  name = "debian"
  path = "images/debian-12.qcow2"
}

resource "dvce_cluster" "web" {
  name = "web"
  members = {
    web-0 = { version = dvce_image.debian.version, vcpus = 2, memory_mib = 2048, disk_gib = 10 }
  }
}

resource "dvce_volume" "web" {
  for_each = dvce_cluster.web.members

  cluster  = dvce_cluster.web.name
  member   = each.key
  node     = dvce_cluster.web.placements[each.key].node
  version  = each.value.version
  disk_gib = each.value.disk_gib

  ssh_authorized_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA me@example.org"]
  user_data           = <<-EOT
    #cloud-config
    packages: [nginx]
  EOT
}
