<?php
/*
 * A must-use plugin: what a site's owner would set up by hand. An application password that works without https,
 * the desk's fields in the REST API, and an API that can be shut as the usual plugins shut it (the file `shut`).
 */
add_filter( 'wp_is_application_passwords_available', '__return_true' );

// It has one worker, and must not ask itself anything; nor anybody else.
define( 'DISABLE_WP_CRON', true );
add_filter( 'pre_http_request', function () {
	return new WP_Error( 'offline', 'There is no network.' );
} );

// Sizes that nobody looks at take this PHP a minute.
add_filter( 'intermediate_image_sizes_advanced', '__return_empty_array' );

add_action( 'init', function () {
	// The file `bare`: as on a site whose owner has registered none.
	$orders = peer_says( 'bare' ) ? array() : array( 'skip', 'text', 'image', 'embargo' );
	foreach ( $orders as $order ) {
		register_post_meta( 'post', "sharewire_$order", array(
			'type'          => 'string',
			'single'        => true,
			'show_in_rest'  => true,
			'auth_callback' => '__return_true',
		) );
	}
	register_post_type( 'report', array(
		'public'       => true,
		'label'        => 'Reports',
		'has_archive'  => 'reports',
		'show_in_rest' => true,
		'rest_base'    => 'reports',
		'supports'     => array( 'title', 'editor', 'excerpt', 'thumbnail', 'author' ),
	) );
	if ( ! file_exists( WP_CONTENT_DIR . '/password' ) ) {
		flush_rewrite_rules();
		$made = WP_Application_Passwords::create_new_application_password( 1, array( 'name' => 'desk' ) );
		file_put_contents( WP_CONTENT_DIR . '/password', $made[0] );
	}
} );

function peer_says( $name ) {
	$file = WP_CONTENT_DIR . "/$name";
	return file_exists( $file ) ? trim( file_get_contents( $file ) ) : '';
}

function peer_shut() {
	return peer_says( 'shut' );
}

// Another language: what the owner chooses in the settings, once its pack has been fetched.
add_filter( 'locale', function ( $given ) {
	return peer_says( 'locale' ) ?: $given;
} );

// What a site says whose database is away, or that a plugin has put behind "coming soon".
if ( 'dead' === peer_shut() ) {
	dead_db();
}
if ( 'soon' === peer_shut() ) {
	exit( '<!DOCTYPE html><html><head><title>Coming soon</title></head><body>We are back on Monday.</body></html>' );
}

// What an importer does: many old posts at once.
add_action( 'wp_loaded', function () {
	$many = (int) peer_says( 'import' );
	@unlink( WP_CONTENT_DIR . '/import' );
	for ( $number = 1; $number <= $many; $number++ ) {
		$id = wp_insert_post( array(
			'post_title'    => "From the old site $number",
			'post_content'  => "<p>What was said of it then, number $number.</p>",
			'post_status'   => 'publish',
			'post_date_gmt' => gmdate( 'Y-m-d H:i:s', time() - 30 * DAY_IN_SECONDS - $number ),
		) );
		wp_update_post( array( 'ID' => $id, 'comment_status' => 'closed' ) );
	}
} );

// What the owner saves in the settings: where the posts have their addresses, and how much of them the feed shows.
add_action( 'wp_loaded', function () {
	$wanted = peer_says( 'permalinks' );
	if ( $wanted && $wanted !== get_option( 'permalink_structure' ) ) {
		update_option( 'permalink_structure', $wanted );
	} elseif ( $wanted ) {
		flush_rewrite_rules();
		unlink( WP_CONTENT_DIR . '/permalinks' );
	}
} );
add_filter( 'pre_option_rss_use_excerpt', function ( $given ) {
	return peer_says( 'brief' ) ? '1' : $given;
} );

// What time does to a scheduled post, `number seconds`: it was due so long ago, and wp-cron has not been there yet.
add_action( 'wp_loaded', function () {
	global $wpdb;
	list( $id, $late ) = array_map( 'intval', explode( ' ', peer_says( 'due' ) . ' 0' ) );
	@unlink( WP_CONTENT_DIR . '/due' );
	if ( $id ) {
		$then = gmdate( 'Y-m-d H:i:s', time() - $late );
		$here = get_date_from_gmt( $then );
		$wpdb->update( $wpdb->posts, array(
			'post_date_gmt'     => $then,
			'post_modified_gmt' => $then,
			'post_date'         => $here,
			'post_modified'     => $here,
		), array( 'ID' => $id ) );
		clean_post_cache( $id );
		wp_clear_scheduled_hook( 'publish_future_post', array( $id ) );
		wp_schedule_single_event( time() - 1, 'publish_future_post', array( $id ) );
	}
} );

add_filter( 'rest_authentication_errors', function ( $result ) {
	if ( 'closed' === peer_shut() && ! is_user_logged_in() ) {
		return new WP_Error( 'rest_login_required', 'REST API restricted to authenticated users.', array( 'status' => 401 ) );
	}
	return $result;
} );

add_filter( 'rest_endpoints', function ( $endpoints ) {
	if ( 'off' === peer_shut() ) {
		foreach ( array_keys( $endpoints ) as $route ) {
			if ( str_starts_with( $route, '/wp/v2/posts' ) ) {
				unset( $endpoints[ $route ] );
			}
		}
	}
	return $endpoints;
} );

add_action( 'parse_request', function () {
	if ( 'login' === peer_shut() && ! is_user_logged_in() ) {
		wp_safe_redirect( wp_login_url() );
		exit;
	}
}, 0 );

add_filter( 'pre_option_permalink_structure', function ( $given ) {
	return 'plain' === peer_shut() ? '' : $given;
} );
