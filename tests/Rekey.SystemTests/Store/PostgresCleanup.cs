using Rekey.Testing;

[assembly: AssemblyFixture(typeof(PrivatePostgres.Cleanup))]
