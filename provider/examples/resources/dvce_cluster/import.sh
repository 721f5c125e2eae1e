terraform import dvce_cluster.web web
