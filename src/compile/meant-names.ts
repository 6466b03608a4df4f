import { projectName } from '../packaging/name.js';
import type { ProjectName } from '../packaging/types.js';
import { editDistance } from '../text/edit-distance.js';

/** Projects that are imported by another name than they are installed by. */
const imported: Readonly<Record<string, string>> = {
  attr: 'attrs',
  bs4: 'beautifulsoup4',
  cairo: 'pycairo',
  crypto: 'pycryptodome',
  cv2: 'opencv-python',
  dateutil: 'python-dateutil',
  docx: 'python-docx',
  dotenv: 'python-dotenv',
  fitz: 'pymupdf',
  git: 'gitpython',
  jose: 'python-jose',
  jwt: 'pyjwt',
  ldap: 'python-ldap',
  magic: 'python-magic',
  mysqldb: 'mysqlclient',
  openssl: 'pyopenssl',
  pil: 'pillow',
  'pkg-resources': 'setuptools',
  pptx: 'python-pptx',
  psycopg2: 'psycopg2-binary',
  serial: 'pyserial',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  slugify: 'python-slugify',
  tlz: 'toolz',
  usb: 'pyusb',
  win32api: 'pywin32',
  yaml: 'pyyaml',
  zmq: 'pyzmq',
};

/** Names that are typed often. Only for a hint: each is named only if the indexes of the run have it. */
const known =
  `aiohttp alembic attrs beautifulsoup4 black boto3 botocore celery certifi cffi chardet charset-normalizer
click colorama coverage cryptography django djangorestframework docutils fastapi flake8 flask flask-cors flask-login
flask-sqlalchemy flask-wtf gevent gitpython grpcio gunicorn httpx hypothesis idna ipython isort itsdangerous jinja2
jmespath jsonschema jupyter kubernetes lxml mako markdown markupsafe marshmallow matplotlib more-itertools mypy
networkx numpy oauthlib openpyxl opencv-python packaging pandas paramiko passlib pillow pip platformdirs pluggy poetry
prometheus-client protobuf psutil psycopg psycopg2-binary pyarrow pycparser pycryptodome pydantic pygments pyjwt pylint
pymongo pymysql pyopenssl pyparsing pytest pytest-cov pytest-xdist python-dateutil python-dotenv pytz pyyaml pyzmq
redis requests requests-oauthlib rich ruff s3transfer scikit-image scikit-learn scipy selenium sentry-sdk setuptools
simplejson six sphinx sqlalchemy starlette structlog tensorflow toml tomli torch tornado tox tqdm typer
typing-extensions tzdata uvicorn uvloop virtualenv websockets werkzeug wheel wrapt wtforms zipp`.split(/\s+/);

const maxNames = 3;

/**
 * The names that `project` may have been meant as, best first: what a module of this name is installed by, then
 * names that differ by a letter or two. `others`: further names that the user knows.
 */
export function meantNames(project: ProjectName, others: Iterable<ProjectName>): readonly ProjectName[] {
  const most = project.length < 5 ? 1 : 2;
  const names = [...new Set<string>([...others, ...known])];
  const near = names
    .map((name) => ({ name, distance: editDistance(project, name) }))
    .filter(({ distance }) => distance > 0 && distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
  const longer = [`python-${project}`, `py${project}`].filter((name) => names.includes(name));
  const all = new Set([imported[project] ?? [], near, longer].flat());
  return [...all].flatMap((name) => projectName(name) ?? []).slice(0, maxNames);
}
