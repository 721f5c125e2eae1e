resource "dvce_image" "debian" {
  name = "debian"
  path = "images/debian-12.qcow2"
}

resource "dvce_cluster" "web" {
  name = "web"
  members = {
    for name in ["web-0", "web-1", "web-2"] : name => {
      version    = dvce_image.debian.version
      vcpus      = 2
      memory_mib = 2048
      disk_gib   = 10
    }
  }

  anti_affinity = true             # no two members on one node,
  max_skew      = { rack = 1 }     # evenly over racks,
  node_selector = { disk = "ssd" } # on nodes with this label
  architecture  = "x86_64"

  on_move             = "restore" # a member that has to move brings its disk along
  deletion_protection = true
}

# Where every member goes, what it must fetch there, and which nodes were passed over: known at plan.
output "placements" {
  value = dvce_cluster.web.placements
}
