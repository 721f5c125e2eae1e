# A file on the machine that runs Terraform.
resource "dvce_image" "debian" {
  name = "debian"
  path = "images/debian-12.qcow2"
}

# A download, fixed by its checksum.
resource "dvce_image" "alpine" {
  name     = "alpine"
  url      = "https://images.example/alpine-3.22.qcow2"
  checksum = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

  deletion_protection = true
  timeouts = {
    create = "2h"
  }
}
