import psycopg


def test_a_reader_that_names_no_tenant_sees_nothing(database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("insert into app.tenants (slug, name) values ('one', 'One'), ('two', 'Two')")
    with psycopg.connect(database_url, options="-c role=hostread_reader") as reader:
        assert reader.execute("select count(*) from app.tenants").fetchone() == (0,)
        reader.execute("select set_config('hostread.tenant_id', '1', true)")
        assert reader.execute("select slug from app.tenants").fetchall() == [("one",)]
