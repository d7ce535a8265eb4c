using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Localization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Rekey.Contract.Upstream;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Cmp;
using Rekey.Ra.Download;
using Rekey.Ra.Lists;
using Rekey.Ra.OldKeys;
using Rekey.Ra.Operators;
using Rekey.Ra.Overview;
using Rekey.Ra.Renewal;
using Rekey.Ra.Sessions;
using Rekey.Ra.Store;
using Rekey.Ra.Subscribers;
using Rekey.Ra.Subscribers.Import;
using Rekey.Ra.Subscribers.Search;
using Rekey.Store;
using Rekey.Store.Audit;

namespace Rekey.Ra;

/// <summary>Wires the registration authority into a host.</summary>
public static class RaRegistration
{
    private const string Api = "/api";

    private static readonly Task<ProviderCultureResult?> NoChoice = Task.FromResult<ProviderCultureResult?>(null);

    /// <summary>Registers the RA's services.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="store">Its store.</param>
    /// <param name="audit">Name and key of its audit log.</param>
    /// <exception cref="ArgumentException">A setting cannot work.</exception>
    public static IServiceCollection AddRekeyRa(this IServiceCollection services, RaOptions options, StoreOptions store, AuditOptions audit)
    {
        options.Validate();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(options);
        services.AddAuthorityStore<RaDbContext, RaSqliteDbContext, RaPostgresDbContext>(store);
        services.AddAuditLog<RaDbContext>(_ => audit);
        AddSharedKeys(services);
        AddRenewal(services);
        AddDownload(services);
        AddSessions(services, options);
        AddCmp(services);
        AddOperators(services);
        return services;
    }

    /// <summary>Maps the RA's endpoints: the rendezvous of page and agent. Call it before other middleware of the same paths.</summary>
    public static WebApplication MapRekeyRa(this WebApplication app)
    {
        UseBridgeEdge(app);
        app.UseRequestLocalization(Languages);
        app.UseRateLimiter();
        BrowserEndpoints.Map(app);
        AgentEndpoints.Map(app);
        CmpEndpoints.Map(app);
        NeedEndpoints.Map(app);
        return app;
    }

    /// <summary>
    /// Translates what goes wrong in the bridge's endpoints into problem documents. It must stand inside any handler that makes pages of
    /// errors, so whoever adds such a handler adds this after it.
    /// </summary>
    internal static void UseBridgeEdge(WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Rekey.Ra.Http");
        app.UseWhen(
            context => context.Request.Path.StartsWithSegments("/CaUpdate/api") || context.Request.Path.StartsWithSegments("/agent")
                || context.Request.Path.StartsWithSegments("/cmp") || context.Request.Path.StartsWithSegments(Api),
            branch => branch.Use((context, next) => BridgeHttp.EdgeAsync(context, next, log)));
    }

    // The holder's own choice, never the browser's: a clerk's English Windows does not make an English clerk. A program says what it wants.
    private static void Languages(RequestLocalizationOptions languages)
    {
        var header = new AcceptLanguageHeaderRequestCultureProvider();
        languages.SetDefaultCulture("zh-CN").AddSupportedCultures("zh-CN", "en").AddSupportedUICultures("zh-CN", "en");
        languages.RequestCultureProviders =
        [
            new CookieRequestCultureProvider(),
            new CustomRequestCultureProvider(context => context.Request.Path.StartsWithSegments(Api) ? header.DetermineProviderCultureResult(context) : NoChoice),
        ];
    }

    private static void AddSharedKeys(IServiceCollection services)
    {
        // Any process must read the forms of any other.
        services.TryAddScoped(provider => provider.GetRequiredService<IDbContextFactory<RaDbContext>>().CreateDbContext());
        services.AddDataProtection().SetApplicationName("Rekey").PersistKeysToDbContext<RaDbContext>();
        services.AddOptions<KeyManagementOptions>().Configure<SecretBox>((keys, box) => keys.XmlEncryptor = new KeyRingSealer(box));
    }

    private static void AddRenewal(IServiceCollection services)
    {
        services.TryAddSingleton<IForeignStatus, NoForeignStatus>();
        services.TryAddSingleton<FreshStatus>();
        services.TryAddSingleton<RenewalCases>();
        services.TryAddSingleton<DecideTidyUp>();
        services.TryAddSingleton<StartRenewal>();
        services.TryAddSingleton<RelyingParties>();
        services.TryAddSingleton<RegisterNeed>();
        services.TryAddSingleton<ImportSubscribers>();
        services.TryAddSingleton<ExportSubscribers>();
        services.TryAddSingleton<EditSubscriber>();
        services.TryAddSingleton<FindSubscribers>();
        services.TryAddSingleton<ReadSubscriber>();
        services.TryAddSingleton<RegisterSubscriber>();
        services.TryAddSingleton<SubscriberUploads>();
        services.TryAddSingleton<SavedFilters>();
        services.TryAddSingleton<TakeOverCertificates>();
        services.TryAddSingleton<MakeAuthorisation>();
        services.TryAddSingleton<DecideAuthorisation>();
        services.TryAddSingleton<OpenAuthorisation>();
        services.TryAddSingleton<ReadAuthorisations>();
    }

    private static void AddDownload(IServiceCollection services)
    {
        services.TryAddSingleton<DownloadSecrets>();
        services.TryAddSingleton<DownloadCases>();
        services.TryAddSingleton<DownloadChecks>();
        services.TryAddSingleton<StartDownload>();
        services.TryAddSingleton<OpenDownload>();
        services.TryAddSingleton<DownloadReader>();
        services.TryAddSingleton<ChooseToken>();
        services.TryAddSingleton<BeginDownload>();
        services.TryAddSingleton<DecideDownload>();
    }

    private static void AddCmp(IServiceCollection services)
    {
        services.TryAddSingleton<CaFollower>();
        services.AddHostedService(provider => provider.GetRequiredService<CaFollower>());
        services.TryAddSingleton<HoldRequest>();
        services.TryAddSingleton<DecideEnrolment>();
        services.TryAddSingleton<DecideRequest>();
        services.TryAddSingleton<CaExchange>();
        services.TryAddSingleton<CmpRefusal>();
        services.TryAddSingleton<CmpFront>();
    }

    private static void AddOperators(IServiceCollection services)
    {
        services.TryAddSingleton<OperatorActs>();
        services.TryAddSingleton<AppointOperator>();
        services.TryAddSingleton<ConfirmOperator>();
        services.TryAddSingleton<ChangeOperator>();
        services.TryAddSingleton<RemoveOperator>();
        services.TryAddSingleton<OperatorList>();
        services.TryAddSingleton<ConsoleSessions>();
        services.TryAddSingleton<DecideWaiting>();
        services.TryAddSingleton<ReadOverview>();
    }

    private static void AddSessions(IServiceCollection services, RaOptions options)
    {
        services.TryAddSingleton<SessionSignals>();
        services.AddHostedService(provider => provider.GetRequiredService<SessionSignals>());
        services.TryAddSingleton<SessionStore>();
        services.TryAddSingleton<SessionFeed>();
        services.TryAddSingleton<BrowserGuard>();
        services.TryAddSingleton<OpenSession>();
        services.TryAddSingleton<RelaunchSession>();
        services.TryAddSingleton<CancelSession>();
        services.TryAddSingleton<ReadKeysAgain>();
        services.TryAddSingleton<AttachAgent>();
        services.TryAddSingleton<AgentReport>();
        services.TryAddSingleton<ServerChecks>();
        services.TryAddSingleton<ChooseCertificate>();
        services.TryAddSingleton<BeginRenewal>();
        services.TryAddSingleton<EventPoll>();
        services.TryAddSingleton<SessionReader>();
        services.TryAddSingleton<SessionCleanup>();
        services.AddHostedService(provider => provider.GetRequiredService<SessionCleanup>());
        services.AddRateLimiter(limiter => RateLimits.Configure(limiter, options));
    }
}
