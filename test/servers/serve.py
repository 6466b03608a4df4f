"""Starts one index server on a free port of the loopback: python -I -S serve.py LIBRARIES KIND JSON

Prints `listening on PORT`, and `METHOD PATH STATUS` of each request.
"""
import json
import os
import sys

libraries, kind, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sys.path.insert(0, libraries)


def say(line):
    sys.stdout.write(line + '\n')
    sys.stdout.flush()


def counted(app):
    def call(environ, start_response):
        path = environ.get('REQUEST_URI') or environ['PATH_INFO']

        def start(status, *rest):
            say('%s %s %s' % (environ['REQUEST_METHOD'], path, status[:3]))
            return start_response(status, *rest)

        return app(environ, start)

    return call


def serve(app, **settings):
    from waitress.server import create_server

    settings.update(host='127.0.0.1', port=0)
    server = create_server(counted(app), **settings)
    say('listening on %s' % server.effective_port)
    server.run()


def devpi():
    import warnings

    warnings.simplefilter('ignore')
    import waitress
    from devpi_server.init import init
    from devpi_server.main import main

    waitress.serve = serve
    directory = options['directory']
    init(argv=['devpi-init', '--serverdir', directory, '--no-root-pypi', '--root-passwd', options['password']])
    main(argv=['devpi-server', '--serverdir', directory])


def pypiserver_app(directory, **settings):
    import pypiserver

    return pypiserver.app(roots=[directory], disable_fallback=True, **settings)


def pypiserver():
    serve(
        pypiserver_app(
            options['directory'],
            hash_algo=options.get('hash_algo'),
            password_file=options.get('password_file', '.'),
            authenticate=options.get('authenticate', []),
        )
    )


def pypiservers():
    apps = {
        name: pypiserver_app(
            os.path.join(options['directory'], name),
            password_file=name + '.htpasswd',
            authenticate=['list', 'download', 'update'],
        )
        for name in options['groups']
    }

    def by_path(environ, start_response):
        _, name, rest = environ['PATH_INFO'].split('/', 2)
        environ.update(SCRIPT_NAME='/' + name, PATH_INFO='/' + rest)
        return apps[name](environ, start_response)

    serve(by_path)


def proxpi():
    os.environ.update(
        PROXPI_INDEX_URL=options['index'],
        PROXPI_CACHE_DIR=options['directory'],
        PROXPI_LOGGING_LEVEL='ERROR',
        PROXPI_INDEX_TTL='1',
    )
    if options.get('redirects'):
        os.environ['PROXPI_CACHE_SIZE'] = '0'
    from proxpi.server import app

    serve(app)


def simpleindex():
    import logging

    import toml
    from simpleindex.__main__ import run

    class Access(logging.Handler):
        def emit(self, record):
            if record.name == 'uvicorn.access':
                _, method, path, _, status = record.args
                say('%s %s %s' % (method, path, status))
            elif 'running on' in record.msg:
                say('listening on %s' % record.args[2])

    for name in ('uvicorn.error', 'uvicorn.access'):
        logging.getLogger(name).addHandler(Access())
        logging.getLogger(name).setLevel(logging.INFO)
    path = os.path.join(options['directory'], 'simpleindex.toml')
    routes = {key: {'source': 'path', 'to': to} for key, to in options['routes'].items()}
    with open(path, 'w') as file:
        toml.dump({'routes': routes, 'server': {'host': '127.0.0.1', 'port': 0, 'log-config': {'version': 1, 'disable_existing_loggers': False}}}, file)
    run([path])


{'devpi': devpi, 'pypiserver': pypiserver, 'pypiservers': pypiservers, 'proxpi': proxpi, 'simpleindex': simpleindex}[kind]()
